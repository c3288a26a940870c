import type { Kernels } from '../kernels';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './adamw.wgsl?raw';

export function createAdamw(context: WebgpuContext): Kernels['adamw'] {
  const programs = programsOf(context, 'adamw', source);
  return (p, g, m, v, sumSq, { learningRate, beta1, beta2, epsilon, weightDecay, maxNorm, step }) => {
    const elements = elementsOf(p);
    const VEC = vec4Of(elements);
    const size = VEC ? elements / 4 : elements;
    // 1 − β in f64: in f32 it would lose three digits for β₂ = 0.999.
    const floats = [maxNorm, beta1, beta2, 1 - learningRate * weightDecay, learningRate / (1 - beta1 ** step)];
    floats.push(1 / (1 - beta2 ** step), epsilon, 1 - beta1, 1 - beta2);
    const params = [size, ...floats.map((f) => ({ f }))];
    context.runner.dispatch(programs('wrwwr', { VEC }), [p, g, m, v, sumSq], params, ceilDiv(size, 64));
  };
}
