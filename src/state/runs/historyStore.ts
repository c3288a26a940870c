/** The kept runs as the page lists them: looked up, labelled, deleted with a way back, exported, imported, run again. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../../lib/errors';
import type { KeptRun, RunLabel } from '../../protocol/run';
import { refreshStorage } from '../deviceStore';
import { plural } from '../format';
import { offerFile } from '../offerFile';
import type { RunSeries } from '../runSeries';
import { useRun } from '../runStore';
import { announce } from '../viewStore';
import { onRunsChanged, tellRunsChanged } from './changes';
import type { RunFigures } from './runFigures';
import { runName } from './runWords';
import { vault } from './vault';

interface HistoryState {
  /** The newest first; null until they are known. */
  runs: readonly KeptRun[] | null;
  /** What all of them take, rows that runs share counted once. */
  totalBytes: number;
  /** Runs that say `running`, and that somebody trains at this moment; others that say so were interrupted. */
  live: ReadonlySet<string>;
  /** Runs that are about to be deleted, and can still be had back. */
  leaving: ReadonlySet<string>;
  /** Curves of runs that were asked for, by id. */
  curves: ReadonlyMap<string, RunSeries>;
  /** What runs came to, as far as it was looked up. */
  figures: ReadonlyMap<string, RunFigures>;
  /** Ids of runs that are compared, in the order in which they were ticked. */
  compared: readonly string[];
  importing: boolean;
  /** What an import or export came to. */
  said: string;
  error: ErrorRecord | null;
}

export const useHistory = create<HistoryState>()(() => ({
  runs: null,
  totalBytes: 0,
  live: new Set(),
  leaving: new Set(),
  curves: new Map(),
  figures: new Map(),
  compared: [],
  importing: false,
  said: '',
  error: null,
}));

/** Time to think better of it. */
const undoMs = 8000;
const timers = new Map<string, ReturnType<typeof setTimeout>>();

let looking: Promise<void> | null = null;
let again = false;

async function look(): Promise<void> {
  try {
    const [runs, totalBytes] = await Promise.all([vault().listRuns(), vault().runsBytes()]);
    const running = runs.filter(({ record }) => record.status === 'running').map(({ record }) => record.id);
    const held = await Promise.all(running.map((id) => vault().isRunLive(id)));
    const live = new Set(running.filter((_, index) => held[index]));
    const there = new Set(runs.map(({ record }) => record.id));
    // A run that is gone leaves its letter to others.
    useHistory.setState(({ compared }) => ({
      runs,
      totalBytes,
      live,
      compared: compared.every((id) => there.has(id)) ? compared : compared.filter((id) => there.has(id)),
    }));
  } catch (error) {
    useHistory.setState(({ runs }) => ({ runs: runs ?? [], error: toErrorRecord(error) }));
  }
}

/** Looks what is there; asked for while it looks, it looks once more. */
export function refreshHistory(): Promise<void> {
  again = looking !== null;
  looking ??= (async () => {
    do {
      again = false;
      await look();
    } while (again as boolean);
    looking = null;
  })();
  return looking;
}

/** Keeps the list up to date; returns the way to stop. */
export function watchHistory(): () => void {
  const soon = (): void => void refreshHistory();
  let kind = useRun.getState().status.kind;
  const stops = [
    onRunsChanged(soon),
    useRun.subscribe(({ status }) => {
      if (status.kind === kind) return;
      kind = status.kind;
      soon();
    }),
  ];
  window.addEventListener('focus', soon);
  soon();
  return () => {
    window.removeEventListener('focus', soon);
    for (const stop of stops) stop();
  };
}

/** A run of the list. */
export const runOf = (runId: string): KeptRun | undefined =>
  useHistory.getState().runs?.find(({ record }) => record.id === runId);

/** Changes what a person calls a run. */
export async function setRunLabel(runId: string, change: Partial<RunLabel>): Promise<void> {
  const run = runOf(runId);
  if (!run) return;
  const label = { ...run.label, ...change };
  // Shown at once; put right by the next look where storage refused.
  useHistory.setState(({ runs }) => ({
    runs: runs?.map((one) => (one.record.id === runId ? { ...one, label } : one)) ?? null,
    error: null,
  }));
  try {
    await vault().setLabel(runId, label);
  } catch (error) {
    useHistory.setState({ error: toErrorRecord(error) });
  }
  tellRunsChanged();
}

function setLeaving(ids: readonly string[], isLeaving: boolean): void {
  const leaving = new Set(useHistory.getState().leaving);
  for (const id of ids) {
    if (isLeaving) leaving.add(id);
    else leaving.delete(id);
  }
  useHistory.setState({ leaving });
}

/** Deletes runs in a while; until then {@link undoDeleteRuns} takes it back. Runs that go on stay. */
export function deleteRuns(ids: readonly string[]): void {
  const { live } = useHistory.getState();
  const going = ids.filter((id) => !live.has(id));
  if (going.length === 0) return;
  setLeaving(going, true);
  useHistory.setState(({ compared }) => ({ compared: compared.filter((id) => !going.includes(id)) }));
  announce(`${plural(going.length, 'run')} deleted. This can be undone for ${undoMs / 1000} seconds.`);
  for (const id of going) {
    clearTimeout(timers.get(id));
    timers.set(
      id,
      setTimeout(() => void finish(id), undoMs),
    );
  }
}

/** Keeps runs that were about to go; one that is going already can't be kept. */
export function undoDeleteRuns(ids: readonly string[]): void {
  const kept = ids.filter((id) => timers.has(id));
  if (kept.length === 0) return;
  for (const id of kept) {
    clearTimeout(timers.get(id));
    timers.delete(id);
  }
  setLeaving(kept, false);
  announce(`${plural(kept.length, 'run')} kept.`);
}

async function finish(id: string): Promise<void> {
  timers.delete(id);
  try {
    await vault().deleteRun(id);
  } catch (error) {
    useHistory.setState({ error: toErrorRecord(error) });
  }
  await refreshHistory();
  setLeaving([id], false);
  tellRunsChanged();
  await refreshStorage();
}

/** Packs a run into one zip and hands it to the browser's downloads. */
export async function exportKeptRun(runId: string): Promise<void> {
  const run = runOf(runId);
  if (!run) return;
  try {
    const fileName = `tunesmith-run-${runName(run).replace(/[^\p{L}\p{N}._-]+/gu, '-')}.zip`;
    offerFile(await vault().exportRun(runId), fileName);
    useHistory.setState({ said: `${fileName} is in your downloads.`, error: null });
  } catch (error) {
    useHistory.setState({ said: '', error: toErrorRecord(error) });
  }
}

/** Takes runs in that were exported, here or elsewhere. Resolves to their ids; the first that can't be read ends it. */
export async function importRuns(files: readonly File[]): Promise<string[]> {
  const ids: string[] = [];
  useHistory.setState({ importing: true, said: '', error: null });
  try {
    for (const file of files) ids.push(await vault().importRun(file));
  } catch (error) {
    useHistory.setState({ error: toErrorRecord(error) });
  }
  await refreshHistory();
  const names = ids.map((id) => runOf(id)).flatMap((run) => (run ? [runName(run)] : []));
  useHistory.setState({ importing: false, said: names.length > 0 ? `Imported: ${names.join(', ')}.` : '' });
  if (ids.length > 0) tellRunsChanged();
  await refreshStorage();
  return ids;
}
