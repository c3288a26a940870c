import type { Checkpoint } from '../../src/engine/checkpoint/document';
import { openCheckpoint } from '../../src/engine/checkpoint/open';
import { createFullTrainable } from '../../src/engine/full/fullTrainable';
import { valuesDocument } from '../../src/engine/train/runState';
import { TunesmithError, toErrorRecord } from '../../src/lib/errors';
import { isDeviceLost } from './deviceLoss';
import { exportPeftFolder, type AdapterOrigin } from './exportFolder';
import type { RunKeeper } from './runKeeper';
import { publish, type Stage } from './runTraining';
import type { ModelCopy } from './tunedState';

/**
 * What a run has tuned, beside the run: an adapter as a PEFT folder, a whole model as a document of its values. What can't be
 * kept is told, and stays on the device. Throws `device/lost`.
 */
export async function keepTuned(
  stage: Pick<Stage, 'state' | 'session' | 'storage'>,
  keeper: RunKeeper | null,
): Promise<void> {
  const { state, storage } = stage;
  const { tuned } = state;
  if (!storage || !keeper || !tuned) return;
  try {
    if (tuned.kind === 'model') await keepModel(stage, keeper, tuned.origin);
    else storage.saveAdapter(await exportPeftFolder(tuned.adapter, tuned.origin, state.need().folder));
  } catch (error) {
    if (isDeviceLost(error)) throw error;
    const { code, message } = toErrorRecord(error);
    const what = tuned.kind === 'adapter' ? 'adapter' : 'tuned model';
    publish(stage, { event: 'warning', code, message: `${what}: it could not be kept with the run, ${message}` });
  }
}

/** Nothing changes the weights meanwhile: the run has ended, and still has the device. */
async function keepModel(
  { state, storage }: Pick<Stage, 'state' | 'storage'>,
  keeper: RunKeeper,
  origin: AdapterOrigin,
): Promise<void> {
  await storage?.settled();
  const record = storage?.folder?.record;
  // A control run's model is no use to anybody.
  if (!storage || !record || record.control !== null) return;
  const { model } = state.need();
  const { id, recipeHash, dataHash, recipe } = record;
  const identity = { recipeHash, dataHash, seed: recipe.training.seed, step: origin.steps };
  const isKept = await storage.saveModel(valuesDocument(model, createFullTrainable(model), identity));
  if (isKept) state.keptAs(copyOf(keeper, id, origin));
}

/**
 * The model that a kept run has tuned, to be put in place of the loaded weights. Throws `run/none`, `run/no-model`, `run/damaged`,
 * `checkpoint/damaged`.
 */
export async function keptModel(keeper: RunKeeper, runId: string, baseName: string): Promise<ModelCopy> {
  const found = await keeper.openModel(runId, openCheckpoint);
  if (!found) throw noModel(runId);
  const { recipe, dataHash } = found.record;
  const origin = { recipe, dataHash, steps: found.document.step, baseName, revision: null };
  return copyOf(keeper, runId, origin, found.document);
}

/** @param fresh opened just now: who wants it first need not read it again. */
function copyOf(keeper: RunKeeper, runId: string, origin: AdapterOrigin, fresh: Checkpoint | null = null): ModelCopy {
  let first = fresh;
  return {
    origin,
    async open() {
      const document = first ?? (await keeper.openModel(runId, openCheckpoint))?.document;
      first = null;
      if (!document) throw noModel(runId);
      return document;
    },
  };
}

const noModel = (runId: string): TunesmithError =>
  new TunesmithError(
    'run/no-model',
    `run ${runId}: it has kept no tuned model; continue it to its end, or choose another run`,
  );
