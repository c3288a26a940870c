/** A run that its worker, its tab or the browser left in the middle: found, shown, offered. */
import { create } from 'zustand';
import type { ErrorRecord } from '../../lib/errors';
import { runLockName } from '../../protocol/locks';
import type { KeptRun } from '../../protocol/run';
import { isActive, runIdOf, useRun } from '../runStore';
import { announce, setNotice } from '../viewStore';
import { tellRunsChanged } from './changes';
import { continueRun } from './continueRun';
import { hasDied, ownRun } from './ownRun';
import { showKept } from './showKept';
import { vault } from './vault';
import { tryHold, whenFree } from './webLocks';

export interface Interrupted {
  run: KeptRun;
  /** Of its newest checkpoint; null where it has none and would begin again, on the same curve. */
  step: number | null;
  /** One sentence: what happened. */
  reason: string;
}

interface InterruptedState {
  offer: Interrupted | null;
  /** Why it could not be continued just now. */
  problem: ErrorRecord | null;
  /** What was discarded, while it can still be had back. */
  discarded: Interrupted | null;
}

export const useInterrupted = create<InterruptedState>()(() => ({ offer: null, problem: null, discarded: null }));

const reasons = {
  closed: 'The page was closed or reloaded while it trained.',
  worker: 'The worker that trained it stopped unexpectedly.',
} as const;

/** Held by the tab that offers a run, so that no other one does. */
const offerLockName = (runId: string): string => `tunesmith.offer.${runId}`;
let release: (() => void) | null = null;
/** Of the last discarding, until it is carried out. */
let discarding: ReturnType<typeof setTimeout> | null = null;
/** Time to think better of it. */
const undoMs = 8000;

function withdraw(): void {
  release?.();
  release = null;
  useInterrupted.setState({ offer: null, problem: null });
}

const newestFirst = (runs: readonly KeptRun[]): KeptRun[] =>
  [...runs].sort((one, two) => two.record.updatedAt - one.record.updatedAt);

/** Runs that somebody else was seen to have, until a while after their end: a tab that is loaded again finds its own run first. */
const elsewhere = new Set<string>();
const graceMs = 8000;

/** A run that somebody has (another tab, or this one a moment before it was loaded again) may be left. */
function lookAgainAfter(id: string): void {
  if (elsewhere.has(id)) return;
  elsewhere.add(id);
  void whenFree(runLockName(id)).then(() => {
    setTimeout(
      () => {
        elsewhere.delete(id);
        tellRunsChanged();
      },
      ownRun() === id ? 0 : graceMs,
    );
  });
}

/**
 * Offers the newest run that says `running` while nobody runs it, and draws what it had reached. Resolves to whether there is one.
 */
export async function findInterrupted(): Promise<boolean> {
  if (isActive(useRun.getState().status)) return false;
  const { offer: present, discarded } = useInterrupted.getState();
  // The next one when this one is gone, or had back.
  if (discarded) return false;
  const runs = await vault().listRuns();
  if (present) {
    const { id } = present.run.record;
    const isLeft = runs.some(({ record }) => record.id === id && record.status === 'running');
    if (isLeft && !(await vault().isRunLive(id))) return true;
    // Another tab has continued it, or deleted it.
    withdraw();
  }
  for (const run of newestFirst(runs)) {
    const { id, status, checkpoints } = run.record;
    if (status !== 'running') continue;
    const { status: shown } = useRun.getState();
    const isDrawn = runIdOf(shown) === id;
    // It has ended here; only its last word was not written.
    if (isDrawn && shown.kind === 'done') continue;
    if (elsewhere.has(id)) continue;
    if (await vault().isRunLive(id)) {
      lookAgainAfter(id);
      continue;
    }
    const held = await tryHold(offerLockName(id));
    if (!held) continue;
    const { offer: other, discarded: going } = useInterrupted.getState();
    if (isActive(useRun.getState().status) || other || going) {
      held();
      return other !== null;
    }
    release = held;
    useInterrupted.setState({
      offer: { run, step: checkpoints.at(-1) ?? null, reason: hasDied(id) ? reasons.worker : reasons.closed },
      problem: null,
    });
    announce('A run was interrupted. It can be continued.');
    if (!isDrawn) await showKept(run);
    sayHowFar(id);
    return true;
  }
  return false;
}

/** The record is written at checkpoints; the curves say how far the run had come. */
function sayHowFar(id: string): void {
  const { series, status } = useRun.getState();
  useInterrupted.setState(({ offer }) => {
    if (!offer || offer.run.record.id !== id || runIdOf(status) !== id || series.step <= offer.run.record.steps)
      return {};
    const record = { ...offer.run.record, steps: series.step };
    return { offer: { ...offer, run: { ...offer.run, record } } };
  });
  if (status.kind === 'interrupted' && status.runId === id && status.step < series.step)
    useRun.setState({ status: { ...status, step: series.step } });
}

/** Goes on with what is offered; the offer stays, with the reason, where that can't be. */
export async function continueInterrupted(): Promise<void> {
  const { offer } = useInterrupted.getState();
  if (!offer) return;
  useInterrupted.setState({ problem: null });
  const stop = useRun.subscribe(({ status }) => {
    if (!isActive(status)) return;
    stop();
    withdraw();
  });
  const problem = await continueRun(offer.run.record.id);
  stop();
  if (problem) useInterrupted.setState({ problem });
}

/** Deletes the offered run in a while; until then {@link undoDiscardInterrupted} takes it back. */
export function discardInterrupted(): void {
  const { offer } = useInterrupted.getState();
  if (!offer) return;
  useInterrupted.setState({ offer: null, problem: null, discarded: offer });
  announce(`The run is discarded. It can be had back for ${undoMs / 1000} seconds.`);
  if (runIdOf(useRun.getState().status) === offer.run.record.id) useRun.setState({ status: { kind: 'idle' } });
  discarding = setTimeout(() => void finishDiscarding(offer), undoMs);
}

/** The discarded run is offered again. */
export function undoDiscardInterrupted(): void {
  const { discarded } = useInterrupted.getState();
  if (!discarded || discarding === null) return;
  clearTimeout(discarding);
  discarding = null;
  useInterrupted.setState({ offer: discarded, discarded: null });
  const { id } = discarded.run.record;
  if (useRun.getState().status.kind === 'idle')
    useRun.setState(({ series }) => ({ status: { kind: 'interrupted', runId: id, step: series.step } }));
  announce('The run is kept.');
}

async function finishDiscarding({ run }: Interrupted): Promise<void> {
  discarding = null;
  await vault().deleteRun(run.record.id).catch(setNotice);
  release?.();
  release = null;
  useInterrupted.setState({ discarded: null });
  tellRunsChanged();
}
