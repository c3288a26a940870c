/** The model that a kept run was trained on, loaded as it was then. */
import { TunesmithError, type ErrorRecord } from '../../lib/errors';
import type { ModelSource } from '../../protocol/model';
import type { RunModel } from '../../protocol/run';
import { isModelOf } from '../../protocol/runModel';
import { useDevice } from '../deviceStore';
import { builtinSource, useModel } from '../modelStore';
import { openModel, openWeights } from '../openModel';

const sameSource = (one: ModelSource | null, other: RunModel['source']): boolean => {
  if (one?.kind === 'url' && other?.kind === 'url') return one.name === other.name;
  if (one?.kind === 'hub' && other?.kind === 'hub')
    return one.repository === other.repository && (one.commit ?? other.commit) === other.commit;
  return one !== null && one.kind !== 'url' && one.kind !== 'hub' && other === null;
};

/** Whether the loaded model is the run's, however its matrices are held. */
export function isSameModel(model: RunModel): boolean {
  const { weights, source: present } = useModel.getState();
  if (weights.kind !== 'ready' || !sameSource(present, model.source)) return false;
  return isModelOf(model, weights.facts);
}

/** Says that the model in use is not the run's; null where it is. */
export const bringNote = (model: RunModel): string | null =>
  isSameModel(model) ? null : `It was trained on the model ${model.name}; the model in use is another one.`;

/** Waits until no load is under way: pressed early, "Continue" means the model that is just being loaded. */
function settled(): Promise<void> {
  const isLoading = (): boolean =>
    ['idle', 'loading'].includes(useModel.getState().weights.kind) && useDevice.getState().status.kind !== 'failed';
  if (!isLoading()) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (isLoading()) return;
      for (const stop of stops) stop();
      resolve();
    };
    const stops = [useModel.subscribe(look), useDevice.subscribe(look)];
  });
}

/** A page may be served at another address than when the run was made; its built-in model came along. */
const openable = (source: NonNullable<RunModel['source']>): ModelSource =>
  source.kind === 'url' && source.name === 'builtin' ? builtinSource() : source;

/** Loads the run's model where it is not the one in use. Resolves to why that can't be, or to null. */
export async function bringModel(model: RunModel): Promise<ErrorRecord | null> {
  await settled();
  const { status: device } = useDevice.getState();
  if (device.kind === 'failed') return device.error;
  const { source: present, weights: inUse } = useModel.getState();
  if (isSameModel(model)) {
    if (inUse.kind === 'ready' && inUse.facts.weightDtype === model.weightDtype) return null;
    if (present) await openWeights(present, model.weightDtype);
  } else if (model.source === null) {
    const isNamesake = inUse.kind === 'ready' && inUse.facts.name === model.name && !isModelOf(model, inUse.facts);
    return new TunesmithError(
      'run/local-model',
      `model: this run was trained on ${model.name}, a folder of this computer${isNamesake ? ' with other weights than those in use' : ''}; open that folder again, then continue`,
      { data: { model: model.name } },
    ).toRecord();
  } else await openModel(openable(model.source), model.weightDtype);
  const { weights } = useModel.getState();
  if (weights.kind === 'failed') return weights.error;
  if (isSameModel(model)) return null;
  return new TunesmithError(
    'run/other-model',
    `model: ${model.name} with ${model.parameters} parameters and the weights of then is needed, and it is not what was loaded; load it, then continue`,
  ).toRecord();
}
