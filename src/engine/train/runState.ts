import type { View } from '../../kernels/runtime/view';
import { sizeOf } from '../../kernels/runtime/view';
import { TunesmithError } from '../../lib/errors';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from '../checkpoint/document';
import type { Model } from '../model/model';
import { free, keep } from '../scope';
import type { Trainable } from './trainable';

/** Everything that changes while a run goes on. Trained values and gradients lie in the {@link Trainable}. */
export interface RunState {
  /** Optimizer steps done. */
  step: number;
  /** Of each trained buffer the optimizer's moments: AdamW's m and v, Lion's m. */
  moments: View[][];
  /** The values of each buffer at the best evaluation. */
  best: { step: number; loss: number; values: Float32Array[] } | null;
  evaluationsWithoutGain: number;
}

/** Names a run: a checkpoint of another recipe or data set is refused. */
export interface RunIdentity {
  recipeHash: string;
  dataHash: string;
  seed: number;
}

/** Names of a checkpoint's sections, by index of the buffer. */
const valuesName = (buffer: number): string => `values.${buffer}`;
const momentName = (buffer: number, moment: number): string => `moment.${buffer}.${moment}`;
const bestName = (buffer: number): string => `best.${buffer}`;

/** A fresh state with `moments` moments (of two), or that of `checkpoint`. Throws `checkpoint/damaged` or `checkpoint/other-run`. Free with {@link endRun}. */
export async function beginRun(
  model: Model,
  trained: Trainable,
  identity: RunIdentity,
  checkpoint: Uint8Array | null,
  moments: number,
): Promise<RunState> {
  const { kernels } = model;
  const saved = checkpoint && (await readCheckpoint(checkpoint));
  if (saved) checkIdentity(saved, identity, trained, moments);
  const section = (name: string): Float32Array | undefined => saved?.sections.get(name);
  trained.startTraining();
  const state: RunState = {
    step: saved?.step ?? 0,
    moments: trained.buffers.map(({ values: { shape } }, buffer) =>
      Array.from({ length: moments }, (_, moment) => {
        const old = section(momentName(buffer, moment));
        return keep(old ? kernels.upload(old, shape) : kernels.zeros(shape));
      }),
    ),
    best: saved?.best
      ? { ...saved.best, values: trained.buffers.map((_, buffer) => section(bestName(buffer)) ?? new Float32Array()) }
      : null,
    evaluationsWithoutGain: saved?.evaluationsWithoutGain ?? 0,
  };
  if (saved)
    setValues(
      model,
      trained,
      trained.buffers.map((_, buffer) => section(valuesName(buffer)) ?? new Float32Array()),
    );
  return state;
}

function checkIdentity(saved: Checkpoint, identity: RunIdentity, { buffers }: Trainable, moments: number): void {
  const differs =
    saved.recipeHash !== identity.recipeHash
      ? 'recipe'
      : saved.dataHash !== identity.dataHash
        ? 'data file'
        : !sectionsFit(saved, buffers, moments)
          ? 'model'
          : null;
  if (differs)
    throw new TunesmithError(
      'checkpoint/other-run',
      `checkpoint: it must be of this very run, but its ${differs} is another; start afresh, or restore the ${differs}`,
      { data: { differs } },
    );
}

function sectionsFit({ sections, best }: Checkpoint, buffers: Trainable['buffers'], moments: number): boolean {
  const names = (buffer: number): string[] => [
    valuesName(buffer),
    ...Array.from({ length: moments }, (_, moment) => momentName(buffer, moment)),
    ...(best ? [bestName(buffer)] : []),
  ];
  const wanted = buffers.flatMap(({ values: { shape } }, buffer) =>
    names(buffer).map((name) => [name, sizeOf(shape)] as const),
  );
  return wanted.length === sections.size && wanted.every(([name, size]) => sections.get(name)?.length === size);
}

/** The state as bytes that {@link beginRun} takes back: values, moments and the best values, read from the device. */
export async function saveRun(
  model: Model,
  { buffers }: Trainable,
  state: RunState,
  identity: RunIdentity,
): Promise<Uint8Array> {
  const { kernels } = model;
  const { best } = state;
  const sections = new Map<string, Float32Array>();
  for (const [buffer, { values }] of buffers.entries()) {
    sections.set(valuesName(buffer), await kernels.read(values));
    for (const [moment, view] of (state.moments[buffer] ?? []).entries())
      sections.set(momentName(buffer, moment), await kernels.read(view));
    const bestValues = best?.values[buffer];
    if (bestValues) sections.set(bestName(buffer), bestValues);
  }
  return writeCheckpoint({
    ...identity,
    step: state.step,
    best: best && { step: best.step, loss: best.loss },
    evaluationsWithoutGain: state.evaluationsWithoutGain,
    sections,
  });
}

/** The values of every buffer, read from the device. */
export async function readValues({ kernels }: Model, { buffers }: Trainable): Promise<Float32Array[]> {
  const all = [];
  for (const { values } of buffers) all.push(await kernels.read(values));
  return all;
}

/** Puts numbers into every buffer, in order. */
export function setValues({ kernels }: Model, trained: Trainable, all: readonly Float32Array[]): void {
  for (const [buffer, { values }] of trained.buffers.entries()) {
    const uploaded = kernels.upload(all[buffer] ?? new Float32Array(), values.shape);
    kernels.copy(uploaded, values);
    free(uploaded);
  }
  trained.changed?.();
}

export function endRun(trained: Trainable, state: RunState): void {
  free(...state.moments.flat());
  trained.stopTraining();
}
