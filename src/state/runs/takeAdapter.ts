/** The adapter, or the whole model, that a kept run made, in use again for chat and download. */
import { TunesmithError, toErrorRecord, type ErrorRecord } from '../../lib/errors';
import { loadTunedOf } from '../adapterStore';
import { isActive, useRun } from '../runStore';
import { announce } from '../viewStore';
import { bringModel } from './bringModel';
import { keptRun } from './continueRun';

/** Loads the run's base model where another one is in use, then what it tuned. Resolves to why that can't be, or to null. */
export async function takeTunedOf(runId: string): Promise<ErrorRecord | null> {
  try {
    if (isActive(useRun.getState().status))
      throw new TunesmithError('train/busy', 'adapter: a run is changing the present one; stop it first');
    const { record, hasModel } = await keptRun(runId);
    const problem = await bringModel(record.model);
    if (problem) return problem;
    const { model, dataName, steps, updatedAt } = record;
    await loadTunedOf(runId, { model: model.name, data: dataName, steps, finishedAt: updatedAt }, hasModel);
    announce(`The ${hasModel ? 'model' : 'adapter'} of the run is in use.`);
    return null;
  } catch (error) {
    return toErrorRecord(error);
  }
}
