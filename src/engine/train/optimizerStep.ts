import { dropoutHash } from '../../kernels/runtime/dropoutHash';
import type { OnCompiled } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import { TunesmithError, assert } from '../../lib/errors';
import type { ExampleTable } from '../../protocol/example';
import type { Recipe } from '../../recipe/schema';
import { buildBatch, exampleAt, type Batch } from '../batch/buildBatch';
import { tokenLosses, type TokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free } from '../scope';
import { pauseBetween, type Interruption } from './interruption';
import { trainMicroBatch } from './microBatch';
import type { RunState } from './runState';
import type { Trainable } from './trainable';
import { gradientSumSquares, updateParameters } from './updateAdapter';

/** "NEFT": far from the modules' numbers, which seed their dropout. */
const noiseStream = 0x4e454654;

/** Runs whose first step has its shaders. */
const compiled = new WeakSet<RunState>();

export interface StepResult {
  /** Mean over all supervised tokens of the step. */
  loss: number;
  /** Global norm before clipping. */
  gradNorm: number;
  supervisedTokens: number;
  tokens: number;
}

/** Asked between micro-batches. */
export interface StepInterruption extends Interruption {
  /** Told how many shaders are compiled, which the first step of a run does ahead, where any is missing. */
  compiled?: OnCompiled;
}

/**
 * One optimizer step over a window of micro-batches (indices into the table): gradients of Σ loss ÷ supervised tokens of the
 * whole window, clipped by their global norm, then {@link updateParameters}. `state.step` grows by one. A window without labels changes nothing.
 * Throws `train/not-finite`, with the step and the rows, and {@link Aborted}, before any value is touched.
 */
export async function optimizerStep(
  model: Model,
  trained: Trainable,
  state: RunState,
  table: ExampleTable,
  window: readonly Uint32Array[],
  recipe: Recipe,
  learningRate: number,
  interruption: StepInterruption = {},
): Promise<StepResult> {
  const { kernels, config } = model;
  const { training } = recipe;
  const step = state.step + 1;
  const batches = window.map((indices) =>
    buildBatch(
      Array.from(indices, (index) => exampleAt(table, index)),
      config.vocabSize,
    ),
  );
  const supervisedTokens = batches.reduce((sum, batch) => sum + batch.supervised, 0);
  const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
  if (supervisedTokens === 0) {
    state.step = step;
    return { loss: 0, gradNorm: 0, supervisedTokens, tokens };
  }
  const begin = (): void => {
    for (const { gradients } of trained.buffers) {
      assert(gradients, 'the parameters are not in training');
      kernels.fill(gradients, 0);
    }
  };
  const stepSeed = dropoutHash(training.seed, step);
  const backward = (batch: Batch, index: number): View => {
    const seed = dropoutHash(stepSeed, index);
    const { neftune_noise_alpha: alpha, label_smoothing_factor: smoothing } = training;
    return trainMicroBatch(model, trained, batch, {
      scale: 1 / supervisedTokens,
      dropoutSeed: seed,
      noise: alpha === null ? null : { alpha, seed: dropoutHash(seed, noiseStream) },
      checkpointing: training.gradient_checkpointing,
      head: { smoothing },
    });
  };
  const update = (sumSquares: View): void =>
    updateParameters(kernels, trained, state, sumSquares, recipe, learningRate, step);
  if (!compiled.has(state)) {
    await kernels.prepare?.(() => {
      begin();
      for (const batch of batches.filter(({ supervised }) => supervised > 0).slice(0, 1)) free(backward(batch, 0));
      const sumSquares = gradientSumSquares(kernels, trained);
      update(sumSquares);
      free(sumSquares);
    }, interruption.compiled);
    compiled.add(state);
  }
  begin();
  const reads: Promise<{ batch: Batch; result: TokenLosses }>[] = [];
  let sumSquares: View | null = null;
  try {
    for (const [index, batch] of batches.entries()) {
      if (batch.supervised === 0) continue;
      const lossState = backward(batch, index);
      const read = kernels
        .read(lossState)
        .finally(() => free(lossState))
        .then((numbers) => ({ batch, result: tokenLosses(numbers, batch, training.label_smoothing_factor) }));
      read.catch(() => {}); // Awaited below.
      reads.push(read);
      await pauseBetween(interruption);
    }
    sumSquares = gradientSumSquares(kernels, trained);
    const [squared, ...parts] = await Promise.all([kernels.read(sumSquares), ...reads]);
    const gradNorm = Math.sqrt(squared[0] ?? Number.NaN);
    const sum = parts.reduce((total, { result }) => total + result.sum, 0);
    if (!Number.isFinite(sum) || !Number.isFinite(gradNorm)) throw notFinite(step, gradNorm, parts);
    update(sumSquares);
    state.step = step;
    return { loss: sum / supervisedTokens, gradNorm, supervisedTokens, tokens };
  } finally {
    // Whatever ended the step, nothing of it stays on the device, and no read fails unheard.
    await Promise.allSettled(reads);
    free(sumSquares);
  }
}

function notFinite(
  step: number,
  gradNorm: number,
  parts: readonly { batch: Batch; result: TokenLosses }[],
): TunesmithError {
  const culprits = parts.flatMap(({ batch, result }) =>
    Array.from(result.losses, (loss, index) =>
      Number.isFinite(loss) ? -1 : (batch.rows[batch.exampleOf[index] ?? 0] ?? -1),
    ),
  );
  const bad = [...new Set(culprits.filter((row) => row >= 0))];
  const rows = bad.length > 0 ? bad : parts.flatMap(({ batch }) => batch.rows);
  const what = bad.length > 0 ? 'the loss' : `the gradient norm (${gradNorm})`;
  return new TunesmithError(
    'train/not-finite',
    `step ${step}, rows ${rows.slice(0, 8).join(', ')}: ${what} must be a finite number; lower training.learning_rate or look at these rows. What is trained is as it was after step ${step - 1}`,
    { data: { step, rows } },
  );
}
