import type { Kernels } from '../kernels';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './adamw8bit.wgsl?raw';
import { blockSize } from './dynamicMap';

export function createAdamw8bit(context: WebgpuContext): Kernels['adamw8bit'] {
  const programs = programsOf(context, 'adamw8bit', source);
  const WX = context.tuning.rowThreads;
  return (p, g, { codes, scales, maps }, sumSq, options) => {
    const { learningRate, beta1, beta2, epsilon, weightDecay, maxNorm, step } = options;
    const size = elementsOf(p);
    const blocks = ceilDiv(size, blockSize);
    const floats = [maxNorm, beta1, beta2, 1 - beta1, 1 - beta2, 1 - learningRate * weightDecay];
    floats.push(learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step), epsilon);
    const params = [size, blocks, ...floats.map((f) => ({ f }))];
    context.runner.dispatch(programs('wrwwrr', { WX }), [p, g, codes, scales, sumSq, maps], params, blocks);
  };
}
