/** Discarding a run that goes on: it pauses at once, and is gone a few seconds later unless somebody thinks better of it. */
import { create } from 'zustand';
import { discardRun, isActive, pauseRun, resumeRun, useRun } from './runStore';
import { announce } from './viewStore';

/** Time to take it back. */
export const discardSeconds = 5;

interface Discard {
  /** The run that is about to be discarded. */
  runId: string | null;
}

export const useDiscard = create<Discard>()(() => ({ runId: null }));

let timer: ReturnType<typeof setTimeout> | null = null;
/** Whether it was paused anyway. */
let wasPaused = false;

function forget(): void {
  if (timer) clearTimeout(timer);
  timer = null;
  useDiscard.setState({ runId: null });
}

export function requestDiscard(): void {
  const { status } = useRun.getState();
  if (!isActive(status) || useDiscard.getState().runId !== null) return;
  wasPaused = status.kind === 'paused';
  if (!wasPaused) void pauseRun();
  useDiscard.setState({ runId: status.runId });
  announce(`The run pauses, and is discarded in ${discardSeconds} seconds.`);
  timer = setTimeout(() => {
    forget();
    void discardRun();
  }, discardSeconds * 1000);
}

export function undoDiscard(): void {
  if (useDiscard.getState().runId === null) return;
  forget();
  if (!wasPaused) void resumeRun();
  announce('The run is kept.');
}

// A run that has ended by itself meanwhile is kept as it ended; one that somebody resumes is not to be discarded.
useRun.subscribe(({ status }) => {
  if (useDiscard.getState().runId !== null && (!isActive(status) || status.kind === 'running')) forget();
});
