import { sizeOf } from '../../kernels/runtime/view';
import { TunesmithError } from '../../lib/errors';
import type { RunControlKind } from '../../protocol/run';
import type { Recipe } from '../../recipe/schema';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from '../checkpoint/document';
import type { Model } from '../model/model';
import { free } from '../scope';
import type { Begun } from './followedSamples';
import { createMoments, freeMoments, momentShapes, readMoment, type Moments } from './moments';
import type { Trainable } from './trainable';

/** Everything that changes while a run goes on. Trained values and gradients lie in the {@link Trainable}. */
export interface RunState {
  /** Optimizer steps done. */
  step: number;
  moments: Moments;
  /** The values of each buffer at the best evaluation. */
  best: { step: number; loss: number; values: Float32Array[] } | null;
  evaluationsWithoutGain: number;
  /** Null until the evaluation and the samples before the first step are done. */
  begun: Begun | null;
}

/** Names a run: a checkpoint of another recipe or data set is refused. */
export interface RunIdentity {
  recipeHash: string;
  dataHash: string;
  seed: number;
  control?: RunControlKind | null;
}

/** Names of a checkpoint's sections, by index of the buffer. */
const valuesName = (buffer: number): string => `values.${buffer}`;
const momentName = (buffer: number, moment: number): string => `moment.${buffer}.${moment}`;
const bestName = (buffer: number): string => `best.${buffer}`;

/** A fresh state for recipe.training.optim, or that of `checkpoint`. Throws `checkpoint/damaged` or `checkpoint/other-run`. Free with {@link endRun}. */
export async function beginRun(
  model: Model,
  trained: Trainable,
  recipe: Pick<Recipe, 'training' | 'adapter'>,
  identity: RunIdentity,
  checkpoint: Uint8Array | null,
): Promise<RunState> {
  const { kernels } = model;
  const saved = checkpoint && (await readCheckpoint(checkpoint));
  if (saved) checkIdentity(saved, identity, trained, recipe);
  const section = (name: string): Float32Array | undefined => saved?.sections.get(name);
  trained.startTraining();
  const state: RunState = {
    step: saved?.step ?? 0,
    moments: createMoments(kernels, trained, recipe, (buffer, moment) => section(momentName(buffer, moment))),
    best: saved?.best
      ? { ...saved.best, values: trained.buffers.map((_, buffer) => section(bestName(buffer)) ?? new Float32Array()) }
      : null,
    evaluationsWithoutGain: saved?.evaluationsWithoutGain ?? 0,
    begun: saved?.begun ?? null,
  };
  if (saved)
    await setValues(
      model,
      trained,
      trained.buffers.map((_, buffer) => section(valuesName(buffer)) ?? new Float32Array()),
    );
  return state;
}

function checkIdentity(
  saved: Checkpoint,
  identity: RunIdentity,
  trained: Trainable,
  recipe: Pick<Recipe, 'training' | 'adapter'>,
): void {
  const differs =
    saved.recipeHash !== identity.recipeHash
      ? 'recipe'
      : saved.dataHash !== identity.dataHash
        ? 'data file'
        : (saved.control ?? null) !== (identity.control ?? null)
          ? 'control'
          : !sectionsFit(saved, trained, recipe)
            ? 'model'
            : null;
  if (differs)
    throw new TunesmithError(
      'checkpoint/other-run',
      `checkpoint: it must be of this very run, but its ${differs} is another; start afresh, or restore the ${differs}`,
      { data: { differs } },
    );
}

function sectionsFit(
  { sections, best }: Checkpoint,
  trained: Trainable,
  recipe: Pick<Recipe, 'training' | 'adapter'>,
): boolean {
  const moments = momentShapes(trained, recipe);
  const wanted = trained.buffers.flatMap(({ values: { shape } }, buffer): (readonly [string, number])[] => [
    [valuesName(buffer), sizeOf(shape)],
    ...(moments[buffer] ?? []).map(({ elements }, moment) => [momentName(buffer, moment), elements] as const),
    ...(best ? [[bestName(buffer), sizeOf(shape)] as const] : []),
  ]);
  return wanted.length === sections.size && wanted.every(([name, size]) => sections.get(name)?.length === size);
}

/** A page can hold no longer array of bytes in one piece. */
const largestCheckpointBytes = 2 ** 31 - 2 ** 16;

/**
 * The state as bytes that {@link beginRun} takes back: values, moments and the best values, read from the device. Throws
 * `checkpoint/too-large` before anything is read.
 */
export async function saveRun(
  model: Model,
  { buffers }: Trainable,
  state: RunState,
  identity: RunIdentity,
  largest = largestCheckpointBytes,
): Promise<Uint8Array> {
  const { kernels } = model;
  const { best } = state;
  const views = buffers.flatMap(({ values }, buffer) => [
    ...(best ? [values, values] : [values]),
    ...(state.moments.buffers[buffer] ?? []),
  ]);
  const bytes = views.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (bytes > largest)
    throw new TunesmithError(
      'checkpoint/too-large',
      `checkpoint: it must be at most ${largest} bytes, and this run's state takes ${bytes}; set training.save_steps to null, or use LoRA`,
      { path: 'training.save_steps', data: { bytes } },
    );
  const sections = new Map<string, Float32Array>();
  for (const [buffer, { values }] of buffers.entries()) {
    sections.set(valuesName(buffer), await kernels.read(values));
    for (const [moment, view] of (state.moments.buffers[buffer] ?? []).entries())
      sections.set(momentName(buffer, moment), await readMoment(kernels, view));
    const bestValues = best?.values[buffer];
    if (bestValues) sections.set(bestName(buffer), bestValues);
  }
  return writeCheckpoint({
    ...identity,
    step: state.step,
    best: best && { step: best.step, loss: best.loss },
    evaluationsWithoutGain: state.evaluationsWithoutGain,
    begun: state.begun,
    sections,
  });
}

/** The values of every buffer, read from the device. */
export async function readValues({ kernels }: Model, { buffers }: Trainable): Promise<Float32Array[]> {
  const all = [];
  for (const { values } of buffers) all.push(await kernels.read(values));
  return all;
}

/** Values that are on the device twice while they are put in place: all at once would be a peak of memory of its own. */
export const valuesAtOnce = 2 ** 20;

/** Puts numbers into every buffer, in order, piece by piece. */
export async function setValues({ kernels }: Model, trained: Trainable, all: readonly Float32Array[]): Promise<void> {
  for (const [buffer, { values }] of trained.buffers.entries()) {
    const numbers = all[buffer] ?? new Float32Array();
    for (let first = 0; first < numbers.length; first += valuesAtOnce) {
      const piece = numbers.subarray(first, first + valuesAtOnce);
      const uploaded = kernels.upload(piece, [piece.length]);
      kernels.copy(uploaded, { storage: values.storage, offset: values.offset + first, shape: uploaded.shape });
      free(uploaded);
      await kernels.finish();
    }
  }
  trained.changed?.();
}

export function endRun(trained: Trainable, state: RunState): void {
  freeMoments(state.moments);
  trained.stopTraining();
}
