import { TunesmithError } from '../../src/lib/errors';
import type { DeviceFacts } from '../../src/protocol/device';
import type { ModelFacts } from '../../src/protocol/model';
import type { RunEventBody, RunRecord } from '../../src/protocol/run';
import { isModelOf } from '../../src/protocol/runModel';

/** Throws `run/finished`. */
export function checkUnfinished({ id, status, steps }: RunRecord): void {
  if (status === 'completed' || status === 'early_stopping')
    throw new TunesmithError(
      'run/finished',
      `run ${id}: it ended after ${steps} steps; run it again, or train further from its adapter`,
    );
}

/** Throws `run/other-model`. */
export function checkModel({ id, model }: RunRecord, loaded: ModelFacts): void {
  const text = ({ name, parameters, weightDtype }: Pick<ModelFacts, 'name' | 'parameters' | 'weightDtype'>): string =>
    `${name} (${parameters} parameters, ${weightDtype})`;
  if (isModelOf(model, loaded) && model.weightDtype === loaded.weightDtype) return;
  const got = text(model) === text(loaded) ? 'one of that name and size with other weights' : text(loaded);
  throw new TunesmithError(
    'run/other-model',
    `run ${id}: its model is ${text(model)}, got ${got}; load the run's model first`,
    { data: { wanted: model, loaded: loaded.name } },
  );
}

/** No checkpoint is whole, and what the run began with is not kept. */
export const noStart = ({ id }: RunRecord): TunesmithError =>
  new TunesmithError(
    'run/damaged',
    `run ${id}: it began with an adapter, and no checkpoint of it is whole; start it again with that adapter`,
  );

/** Told when a run goes on where it did not begin. */
export function otherDevice(
  { device }: RunRecord,
  { backend, adapter }: DeviceFacts,
): Extract<RunEventBody, { event: 'warning' }> | null {
  if (device.backend === backend && device.adapter === adapter) return null;
  return {
    event: 'warning',
    code: 'run/other-device',
    message: `run: it began on ${device.adapter} (${device.backend}) and goes on on ${adapter} (${backend}); losses may differ in their last digits`,
  };
}
