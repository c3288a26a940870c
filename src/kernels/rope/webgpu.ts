import type { Kernels } from '../kernels';
import { matrixOf } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './rope.wgsl?raw';

export function createRope(context: WebgpuContext): Kernels['rope'] {
  const programs = programsOf(context, 'rope', source);
  return (x, cos, sin, positions, headSize, inverse = false) => {
    const { rows, columns } = matrixOf(x);
    const heads = columns / headSize;
    const VEC = vec4Of(headSize / 2);
    const half = headSize / (VEC ? 8 : 2);
    const size = rows * heads * half;
    const params = [size, half, heads, { f: inverse ? -1 : 1 }];
    context.runner.dispatch(programs('wrrr', { VEC }), [x, cos, sin, positions], params, ceilDiv(size, 64));
  };
}
