import type { View } from '../../kernels/runtime/view';
import { TunesmithError } from '../../lib/errors';
import type { LoraAdapter } from '../adapters/lora';
import { readCheckpoint, writeCheckpoint } from '../checkpoint/document';
import type { Model } from '../model/model';
import { free, keep } from '../scope';

/** Everything that changes while a run goes on. Adapter values and gradients lie in the adapter. */
export interface RunState {
  /** Optimizer steps done. */
  step: number;
  /** Null where the optimizer has none. */
  firstMoments: View | null;
  secondMoments: View | null;
  best: { step: number; loss: number; values: Float32Array } | null;
  evaluationsWithoutGain: number;
}

/** Names a run: a checkpoint of another recipe or data set is refused. */
export interface RunIdentity {
  recipeHash: string;
  dataHash: string;
  seed: number;
}

/** A fresh state with `moments` moments (of two), or that of `checkpoint`. Throws `checkpoint/damaged` or `checkpoint/other-run`. Free with {@link endRun}. */
export async function beginRun(
  model: Model,
  adapter: LoraAdapter,
  identity: RunIdentity,
  checkpoint: Uint8Array | null,
  moments: number,
): Promise<RunState> {
  const { kernels } = model;
  const shape = adapter.values.shape;
  const saved = checkpoint && (await readCheckpoint(checkpoint));
  if (saved) checkIdentity(saved, identity, adapter);
  adapter.startTraining();
  const moment = (old: Float32Array | undefined): View => keep(old ? kernels.upload(old, shape) : kernels.zeros(shape));
  const firstMoments = moments > 0 ? moment(saved?.firstMoments) : null;
  const secondMoments = moments > 1 ? moment(saved?.secondMoments) : null;
  if (saved) setValues(model, adapter, saved.values);
  return {
    step: saved?.step ?? 0,
    firstMoments,
    secondMoments,
    best: saved?.best && saved.bestValues ? { ...saved.best, values: saved.bestValues } : null,
    evaluationsWithoutGain: saved?.evaluationsWithoutGain ?? 0,
  };
}

function checkIdentity(
  saved: { recipeHash: string; dataHash: string; values: Float32Array },
  identity: RunIdentity,
  adapter: LoraAdapter,
): void {
  const differs =
    saved.recipeHash !== identity.recipeHash
      ? 'recipe'
      : saved.dataHash !== identity.dataHash
        ? 'data file'
        : saved.values.length !== adapter.values.shape[0]
          ? 'model'
          : null;
  if (differs)
    throw new TunesmithError(
      'checkpoint/other-run',
      `checkpoint: it must be of this very run, but its ${differs} is another; start afresh, or restore the ${differs}`,
      { data: { differs } },
    );
}

/**
 * The state as bytes that {@link beginRun} takes back. Reads up to three buffers from the device; a moment that the optimizer
 * does not have is written as zeros, so that every checkpoint has one layout.
 */
export async function saveRun(
  model: Model,
  adapter: LoraAdapter,
  state: RunState,
  identity: RunIdentity,
): Promise<Uint8Array> {
  const { kernels } = model;
  const [values, first, second] = await Promise.all([
    kernels.read(adapter.values),
    state.firstMoments && kernels.read(state.firstMoments),
    state.secondMoments && kernels.read(state.secondMoments),
  ]);
  const { best } = state;
  return writeCheckpoint({
    ...identity,
    step: state.step,
    best: best && { step: best.step, loss: best.loss },
    evaluationsWithoutGain: state.evaluationsWithoutGain,
    values,
    firstMoments: first ?? new Float32Array(values.length),
    secondMoments: second ?? new Float32Array(values.length),
    bestValues: best?.values ?? null,
  });
}

/** Puts numbers into the adapter's flat buffer. */
export function setValues(model: Model, adapter: LoraAdapter, values: Float32Array): void {
  const uploaded = model.kernels.upload(values, adapter.values.shape);
  model.kernels.copy(uploaded, adapter.values);
  free(uploaded);
}

export function endRun(adapter: LoraAdapter, state: RunState): void {
  free(state.firstMoments, state.secondMoments);
  adapter.stopTraining();
}
