import type { Kernels } from '../kernels';
import { matrixOf } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './scatterAdd.wgsl?raw';

export function createScatterAdd(context: WebgpuContext): Kernels['scatterAddRows'] {
  const programs = programsOf(context, 'scatterAdd', source);
  return (target, x, order, segments) => {
    const { columns } = matrixOf(target);
    const VEC = vec4Of(columns);
    const width = VEC ? columns / 4 : columns;
    const size = (elementsOf(segments) / 3) * width;
    const operands = [target, x, order, segments];
    context.runner.dispatch(programs('wrrr', { VEC }), operands, [size, width], ceilDiv(size, 64));
  };
}
