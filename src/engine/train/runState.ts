import type { Kernels } from '../../kernels/kernels';
import { sizeOf, type View } from '../../kernels/runtime/view';
import { TunesmithError } from '../../lib/errors';
import type { PiecedBytes } from '../../lib/pieced';
import type { RunControlKind } from '../../protocol/run';
import type { Recipe } from '../../recipe/schema';
import type { Checkpoint, Section } from '../checkpoint/document';
import { checkpointDocument, heldSection } from '../checkpoint/write';
import type { Model } from '../model/model';
import type { Begun } from './followedSamples';
import {
  createMoments,
  freeMoments,
  momentShapes,
  noMoments,
  readMoment,
  restoreMoments,
  type Moments,
} from './moments';
import { putNumbers } from './putNumbers';
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

/**
 * A fresh state for recipe.training.optim, or that of `saved`. Free with {@link endRun}; of one that could not be made whole nothing
 * stays on the device. Throws `checkpoint/damaged`, `checkpoint/other-run` or `device/*`.
 */
export async function beginRun(
  model: Model,
  trained: Trainable,
  recipe: Pick<Recipe, 'training' | 'adapter'>,
  identity: RunIdentity,
  saved: Checkpoint | null,
): Promise<RunState> {
  const { kernels } = model;
  if (saved) checkIdentity(saved, identity, trained, recipe);
  const state: RunState = {
    step: saved?.step ?? 0,
    moments: noMoments,
    best: null,
    evaluationsWithoutGain: saved?.evaluationsWithoutGain ?? 0,
    begun: saved?.begun ?? null,
  };
  try {
    trained.startTraining();
    state.moments = createMoments(kernels, trained, recipe);
    if (!saved) return state;
    await restoreMoments(kernels, state.moments, (buffer, moment) => saved.sections.get(momentName(buffer, moment)));
    if (saved.best) state.best = { ...saved.best, values: await readBest(saved, trained) };
    await putValues(model, trained, saved);
    return state;
  } catch (error) {
    endRun(trained, state);
    throw error;
  }
}

async function readBest({ sections }: Checkpoint, { buffers }: Trainable): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (const buffer of buffers.keys()) {
    const section = sections.get(bestName(buffer));
    all.push(section ? await section.read(0, section.elements) : new Float32Array());
  }
  return all;
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
  if (differs) throw otherRun(differs);
}

const otherRun = (differs: string): TunesmithError =>
  new TunesmithError(
    'checkpoint/other-run',
    `checkpoint: it must be of this very run, but its ${differs} is another; start afresh, or restore the ${differs}`,
    { data: { differs } },
  );

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
  return wanted.length === sections.size && wanted.every(([name, size]) => sections.get(name)?.elements === size);
}

/**
 * The state as a document that {@link beginRun} takes back: values, moments and the best values. Its numbers are read from the
 * device while it is written, and nothing may change them meanwhile.
 */
export function stateDocument(
  { kernels }: Model,
  { buffers }: Trainable,
  state: RunState,
  identity: RunIdentity,
): PiecedBytes {
  const { best } = state;
  const sections = buffers.flatMap(({ values }, buffer): Section[] => {
    const moments = state.moments.buffers[buffer] ?? [];
    const bestValues = best?.values[buffer];
    return [
      sectionOf(kernels, valuesName(buffer), values),
      ...moments.map((view, moment) => sectionOf(kernels, momentName(buffer, moment), view)),
      ...(bestValues ? [heldSection(bestName(buffer), bestValues)] : []),
    ];
  });
  return checkpointDocument(
    {
      ...identity,
      step: state.step,
      best: best && { step: best.step, loss: best.loss },
      evaluationsWithoutGain: state.evaluationsWithoutGain,
      begun: state.begun,
    },
    sections,
  );
}

/** As {@link stateDocument}, but the trained values alone: what a run leaves behind. {@link putValues} takes it back. */
export function valuesDocument(
  { kernels }: Model,
  { buffers }: Trainable,
  { step, ...identity }: RunIdentity & { step: number },
): PiecedBytes {
  const header = { ...identity, step, best: null, evaluationsWithoutGain: 0 };
  return checkpointDocument(
    header,
    buffers.map(({ values }, buffer) => sectionOf(kernels, valuesName(buffer), values)),
  );
}

/** Numbers on the device as a section. */
const sectionOf = (kernels: Kernels, name: string, view: View): Section => ({
  name,
  elements: sizeOf(view.shape),
  read: (first, count) => readMoment(kernels, { storage: view.storage, offset: view.offset + first, shape: [count] }),
});

/** Puts the values that a document holds into every buffer. Throws `checkpoint/other-run` where they are not of its size. */
export async function putValues({ kernels }: Model, trained: Trainable, { sections }: Checkpoint): Promise<void> {
  for (const [buffer, { values }] of trained.buffers.entries()) {
    const section = sections.get(valuesName(buffer));
    if (section?.elements !== sizeOf(values.shape)) throw otherRun('model');
    await putNumbers(kernels, values, section);
  }
  trained.changed?.();
}

/** The values of every buffer, read from the device. */
export async function readValues({ kernels }: Model, { buffers }: Trainable): Promise<Float32Array[]> {
  const all = [];
  for (const { values } of buffers) all.push(await kernels.read(values));
  return all;
}

/** Puts numbers into every buffer, in order. */
export async function setValues({ kernels }: Model, trained: Trainable, all: readonly Float32Array[]): Promise<void> {
  for (const [buffer, { values }] of trained.buffers.entries())
    await putNumbers(kernels, values, heldSection(valuesName(buffer), all[buffer] ?? new Float32Array()));
  trained.changed?.();
}

export function endRun(trained: Trainable, state: RunState): void {
  freeMoments(state.moments);
  trained.stopTraining();
}
