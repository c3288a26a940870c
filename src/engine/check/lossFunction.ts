import { again } from '../../kernels/fallback/again';
import type { View } from '../../kernels/runtime/view';
import { assert } from '../../lib/errors';
import { Random } from '../../lib/random';
import type { Example } from '../../protocol/example';
import type { Recipe } from '../../recipe/schema';
import { createLora, type LoraAdapter } from '../adapters/lora';
import { buildBatch, type Batch } from '../batch/buildBatch';
import { tokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free } from '../scope';
import { evaluateMicroBatch, trainMicroBatch } from '../train/microBatch';

/** Stream of the numbers in B. */
const bStream = 17;
/** B is drawn from ±this: large enough that A's gradient, which is proportional to B, does not vanish. */
const bRange = 0.05;

/** A loss as a function of an adapter's numbers, with its gradient by backpropagation. Dispose it. */
export interface LossFunction {
  adapter: LoraAdapter;
  batch: Batch;
  /** θ: the adapter's flat buffer. */
  start: Float32Array;
  /** L(θ): mean cross-entropy over the supervised tokens, summed in double precision. */
  at(values: Float32Array): Promise<number>;
  /** ∂L/∂θ at `start`. */
  gradient(): Promise<Float32Array>;
  dispose(): void;
}

/**
 * The mean loss of `rows` as a function of a fresh adapter by `recipe`, A and B both random. Without dropout and noise. DoRA's norms
 * stay those of `start` while A and B move, because its backward pass takes them as constants (Liu et al. 2024, section 4.3).
 */
export async function lossFunction(model: Model, recipe: Recipe, rows: readonly Example[]): Promise<LossFunction> {
  const { kernels } = model;
  const { seed, gradient_checkpointing: checkpointing, label_smoothing_factor: smoothing } = recipe.training;
  const batch = buildBatch(rows, model.config.vocabSize);
  const adapter = createLora(model, recipe.adapter, { seed });
  const { shape } = adapter.values;
  const modules = [...adapter.modules.values()];
  const write = (values: Float32Array): void => {
    const uploaded = kernels.upload(values, shape);
    kernels.copy(uploaded, adapter.values);
    free(uploaded);
  };
  const mean = async (losses: View): Promise<number> => {
    try {
      return tokenLosses(await kernels.read(losses), batch, smoothing).sum / batch.supervised;
    } finally {
      free(losses);
    }
  };
  try {
    const start = await kernels.read(adapter.values);
    const random = new Random(seed, bStream);
    for (const { bOffset, outFeatures } of modules)
      for (let index = 0; index < outFeatures * adapter.settings.r; index++)
        start[bOffset + index] = (2 * random.uniform() - 1) * bRange;
    return {
      adapter,
      batch,
      start,
      // A kernel that failed is done by its plain version the next time.
      at: (values) =>
        again(() => {
          if (adapter.settings.use_dora) {
            const norms = start.slice();
            for (const { mOffset, outFeatures } of modules)
              if (mOffset !== null) norms.set(values.subarray(mOffset, mOffset + outFeatures), mOffset);
            write(norms);
            adapter.changed?.();
          }
          write(values);
          return mean(evaluateMicroBatch(model, adapter, batch, { smoothing }));
        }),
      gradient: () =>
        again(async () => {
          write(start);
          adapter.changed?.();
          adapter.startTraining();
          try {
            const options = { scale: 1 / batch.supervised, dropoutSeed: null, checkpointing, head: { smoothing } };
            const backward = () => trainMicroBatch(model, adapter, batch, options);
            await kernels.prepare?.(() => free(backward()));
            free(backward());
            assert(adapter.gradients, 'the adapter is not in training');
            return await kernels.read(adapter.gradients);
          } finally {
            adapter.stopTraining();
          }
        }),
      dispose: () => adapter.dispose(),
    };
  } catch (error) {
    adapter.dispose();
    throw error;
  }
}
