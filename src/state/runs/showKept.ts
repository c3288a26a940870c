/** A kept run drawn again as it was left: a refresh loses nothing. */
import { TunesmithError } from '../../lib/errors';
import type { KeptRun, RunRecord } from '../../protocol/run';
import { isActive, useRun, type RunStatus } from '../runStore';
import { drawKept, keptSeries } from './follow';
import { shownRun } from './shownRun';
import { vault } from './vault';

/** How the page shows the status that a record has. */
export function statusOf({ id, status, steps, bestStep, error, trainingMs }: RunRecord): RunStatus {
  if (status === 'running') return { kind: 'interrupted', runId: id, step: steps };
  if (status === 'failed') {
    const unknown = new TunesmithError('run/failed', 'run: it failed, and the reason was not kept; start it again');
    return { kind: 'failed', runId: id, error: error ?? unknown.toRecord(), step: steps };
  }
  return { kind: 'done', runId: id, result: { reason: status, steps, bestStep }, seconds: trainingMs / 1000 };
}

/** Draws a kept run in place of what is shown, unless a run goes on. */
export async function showKept({ record }: KeptRun): Promise<void> {
  const events = await vault().readEvents(record.id);
  const series = keptSeries(record);
  await drawKept(series, record.id, events);
  if (isActive(useRun.getState().status)) return;
  useRun.setState({ status: statusOf(record), series, version: series.version });
}

/** Draws the run that was shown last, where it has ended. */
export async function showLastRun(): Promise<void> {
  const id = shownRun();
  if (id === null || useRun.getState().status.kind !== 'idle') return;
  const run = (await vault().listRuns()).find(({ record }) => record.id === id);
  if (run && run.record.status !== 'running') await showKept(run);
}
