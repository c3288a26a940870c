import type { Kernels } from '../kernels';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './lion.wgsl?raw';

export function createLion(context: WebgpuContext): Kernels['lion'] {
  const programs = programsOf(context, 'lion', source);
  return (p, g, m, sumSq, { learningRate, beta1, beta2, weightDecay, maxNorm }) => {
    const elements = elementsOf(p);
    const VEC = vec4Of(elements);
    const size = VEC ? elements / 4 : elements;
    const floats = [maxNorm, beta1, beta2, 1 - beta1, 1 - beta2, 1 - learningRate * weightDecay, learningRate];
    const params = [size, ...floats.map((f) => ({ f }))];
    context.runner.dispatch(programs('wrwr', { VEC }), [p, g, m, sumSq], params, ceilDiv(size, 64));
  };
}
