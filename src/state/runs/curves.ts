/** Curves and end figures of kept runs, read when somebody wants to see them, and the runs that are compared. */
import { toErrorRecord } from '../../lib/errors';
import type { KeptRun } from '../../protocol/run';
import type { RunSeries } from '../runSeries';
import { isActive, useRun } from '../runStore';
import { drawKept, keptSeries } from './follow';
import { runOf, useHistory } from './historyStore';
import { runFigures } from './runFigures';
import { vault } from './vault';

/** More curves over each other can't be told apart. */
export const mostCompared = 6;

/** When a run was written last, as of the curves and figures that are here. */
const curvesOf = new Map<string, number>();
const figuresOf = new Map<string, number>();

async function read({ record }: KeptRun): Promise<RunSeries> {
  const series = keptSeries(record);
  await drawKept(series, record.id, await vault().readEvents(record.id));
  return series;
}

/** Reads a run's curves, unless they are here as they are on disk. */
export async function needCurve(runId: string): Promise<void> {
  const run = runOf(runId);
  if (!run || curvesOf.get(runId) === run.record.updatedAt) return;
  curvesOf.set(runId, run.record.updatedAt);
  try {
    const series = await read(run);
    useHistory.setState(({ curves }) => ({ curves: new Map(curves).set(runId, series) }));
  } catch (error) {
    curvesOf.delete(runId);
    useHistory.setState({ error: toErrorRecord(error) });
  }
}

let line: Promise<void> = Promise.resolve();

/** Looks up what runs came to, one after the other; not while a run goes on, whose page has other things to draw. */
export function needFigures(runs: readonly KeptRun[] = useHistory.getState().runs ?? []): Promise<void> {
  line = line.then(async () => {
    for (const run of runs) {
      const { id, updatedAt } = run.record;
      if (figuresOf.get(id) === updatedAt || isActive(useRun.getState().status)) continue;
      figuresOf.set(id, updatedAt);
      const figures = await read(run).then(runFigures, () => null);
      if (figures) useHistory.setState((state) => ({ figures: new Map(state.figures).set(id, figures) }));
    }
  });
  return line;
}

/** Ticks a run for the comparison, or takes it out; no more than {@link mostCompared}. */
export function compareRun(runId: string, on: boolean): void {
  const { compared } = useHistory.getState();
  const others = compared.filter((id) => id !== runId);
  if (on && others.length >= mostCompared) return;
  useHistory.setState({ compared: on ? [...others, runId] : others });
  if (on) void needCurve(runId);
}

export const clearCompared = (): void => useHistory.setState({ compared: [] });
