/** A kept run goes on where it was left, as if it had never stopped. */
import { TunesmithError, toErrorRecord, type ErrorRecord } from '../../lib/errors';
import type { KeptRun } from '../../protocol/run';
import { clients } from '../clients';
import { isActive, useRun } from '../runStore';
import { announce } from '../viewStore';
import { bringModel } from './bringModel';
import { carryOut } from './carryOut';
import { keptSeries } from './follow';
import { vault } from './vault';

/** A kept run by its id. Throws `run/none`. */
export async function keptRun(runId: string): Promise<KeptRun> {
  const found = (await vault().listRuns()).find(({ record }) => record.id === runId);
  if (found) return found;
  throw new TunesmithError('run/none', `run ${runId.slice(0, 8)}: it is not kept here any more; choose another one`);
}

const busy = (): TunesmithError =>
  new TunesmithError('train/busy', 'run: another one is going on; stop it first, then continue this one');

/**
 * Continues a run from its newest whole checkpoint, or from that of `step`, and stays until it has ended. Resolves to why it could
 * not begin, or to null; how it goes is in the run's store.
 */
export async function continueRun(runId: string, step: number | null = null): Promise<ErrorRecord | null> {
  try {
    if (isActive(useRun.getState().status)) throw busy();
    const { record } = await keptRun(runId);
    const problem = await bringModel(record.model);
    if (problem) return problem;
    if (isActive(useRun.getState().status)) throw busy();
    await carryOut({
      runId,
      series: keptSeries(record),
      modelName: record.model.name,
      dataName: record.dataName,
      control: record.control,
      secondsBefore: record.trainingMs / 1000,
      send: (onEvent, say) => {
        say('reading what was kept');
        announce('The run goes on.');
        return clients().compute.resumeRun({ runId, step }, onEvent);
      },
    });
    return null;
  } catch (error) {
    return toErrorRecord(error);
  }
}
