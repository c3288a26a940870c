/** A training run as the page sees it: one tagged status, curves that grow in place, and the orders to a run that goes on. */
import { create } from 'zustand';
import { TunesmithError, toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { RunControl, TrainResult } from '../protocol/training';
import { clients } from './clients';
import { RunSeries } from './runSeries';
import { announce } from './viewStore';

export type RunStatus =
  | { kind: 'idle' }
  | { kind: 'preparing'; runId: string; phase: string }
  /** `phase` in words; how far it has come is in `series.phase`. */
  | { kind: 'running'; runId: string; phase: string }
  | { kind: 'paused'; runId: string }
  | { kind: 'stopping'; runId: string }
  | { kind: 'done'; runId: string; result: TrainResult; seconds: number }
  | { kind: 'failed'; runId: string; error: ErrorRecord; step: number }
  /** Its worker, its tab or the browser died; what `useInterrupted` (runs/interrupted.ts) offers is where it can go on. */
  | { kind: 'interrupted'; runId: string; step: number };

interface RunState {
  status: RunStatus;
  series: RunSeries;
  /** Copy of `series.version`, at most five times a second: what components subscribe to. */
  version: number;
}

export const useRun = create<RunState>()(() => ({ status: { kind: 'idle' }, series: new RunSeries(), version: 0 }));

export type ActiveRun = Extract<RunStatus, { kind: 'preparing' | 'running' | 'paused' | 'stopping' }>;

export const isActive = (status: RunStatus): status is ActiveRun =>
  status.kind === 'preparing' || status.kind === 'running' || status.kind === 'paused' || status.kind === 'stopping';

/** The run that a status is of; null where there is none. */
export const runIdOf = (status: RunStatus): string | null => ('runId' in status ? status.runId : null);

/** Time until an order is sent once more to a run that the worker does not know, ms. */
const askAgainMs = 100;

/** Sends an order until the worker takes it: before a run begins there, and after its end, it knows of none. */
async function send(runId: string, order: RunControl, isWanted: () => boolean): Promise<void> {
  for (;;) {
    try {
      return await clients().compute.control(runId, order);
    } catch (error) {
      if (!(error instanceof TunesmithError && error.code === 'train/no-run')) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    if (!isWanted()) return;
  }
}

/** Sends an order and sets the status it leads to; a refused order shows why. */
async function control(order: RunControl, next: (runId: string) => RunStatus): Promise<void> {
  const { status } = useRun.getState();
  // A run that is ending can still be told to leave nothing.
  if (!isActive(status) || (status.kind === 'stopping' && order !== 'discard')) return;
  const { runId } = status;
  const wanted = next(runId);
  useRun.setState({ status: wanted });
  try {
    await send(runId, order, () => {
      const { status: now } = useRun.getState();
      return runIdOf(now) === runId && now.kind === wanted.kind;
    });
  } catch (error) {
    useRun.setState((state) =>
      runIdOf(state.status) === runId && isActive(state.status)
        ? { status: { kind: 'failed', runId, error: toErrorRecord(error), step: state.series.step } }
        : state,
    );
  }
}

export const pauseRun = (): Promise<void> => {
  announce('Training paused.');
  return control('pause', (runId) => ({ kind: 'paused', runId }));
};
export const resumeRun = (): Promise<void> => {
  announce('Training resumed.');
  return control('resume', (runId) => ({ kind: 'running', runId, phase: 'training' }));
};
/** Ends the run at its next step and keeps what was learned. */
export const stopRun = (): Promise<void> => control('stop', (runId) => ({ kind: 'stopping', runId }));
/** Ends the run at once; nothing of it stays, and what was tuned before is there again. */
export const discardRun = (): Promise<void> => control('discard', (runId) => ({ kind: 'stopping', runId }));
