import { createAdamw } from './adamw/webgpu';
import { createAdamw8bit } from './adamw8bit/webgpu';
import { createAttention } from './attention/webgpu';
import { createColumnSums } from './columnSums/webgpu';
import { createCrossEntropy } from './crossEntropy/webgpu';
import { createDora } from './dora/webgpu';
import { createDropout } from './dropout/webgpu';
import { createElementwise } from './elementwise/webgpu';
import type { Kernels } from './kernels';
import { createLion } from './lion/webgpu';
import { createMatmul } from './matmul/webgpu';
import { createRmsNorm } from './rmsNorm/webgpu';
import { createRope } from './rope/webgpu';
import { createRows } from './rows/webgpu';
import type { WebgpuRunner } from './runtime/webgpuRunner';
import { tuningOf, type Tuning } from './runtime/webgpuTuning';
import { createSample } from './sample/webgpu';
import { createScatterAdd } from './scatterAdd/webgpu';
import { createSgd } from './sgd/webgpu';
import { createSumSquares } from './sumSquares/webgpu';
import { createSwiglu } from './swiglu/webgpu';
import { createWeights } from './weights/webgpu';

/**
 * Every operation in WGSL, recorded on tfjs's command stream. Tensors are tfjs's, so that tidy, keep, dispose and memory work.
 * @param tuning overrides what the device suggests: to try one variant on any device.
 */
export function createWebgpuKernels(runner: WebgpuRunner, tuning: Partial<Tuning> = {}): Kernels {
  const context = { runner, tuning: { ...tuningOf(runner.device), ...tuning } };
  const elementwise = createElementwise(context);
  return {
    name: 'webgpu',
    ...createWeights(context),
    matmul: createMatmul(context),
    ...createRows(context, elementwise.fill),
    ...createRmsNorm(context),
    rope: createRope(context),
    ...createAttention(context),
    ...createSwiglu(context),
    ...elementwise,
    dropout: createDropout(context),
    ...createCrossEntropy(context),
    ...createColumnSums(context),
    scatterAddRows: createScatterAdd(context),
    sumSquares: createSumSquares(context),
    adamw: createAdamw(context),
    sgd: createSgd(context),
    lion: createLion(context),
    adamw8bit: createAdamw8bit(context),
    ...createDora(context),
    sample: createSample(context),
    upload: (values, shape) => runner.upload(values, shape),
    zeros(shape) {
      const zeros = runner.empty(shape);
      elementwise.fill(zeros, 0);
      return zeros;
    },
    prepare: async (work, onCompiled) => void (await runner.prepare(work, onCompiled)),
    breathe: () => runner.breathe(),
    read: (x) => runner.read(x),
    readInts: (x) => runner.readInts(x),
    finish: () => runner.finish(),
  };
}
