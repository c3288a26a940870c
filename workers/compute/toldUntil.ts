import type { OpenedCheckpoint } from './runKeeper';

/**
 * The step up to which metrics stay when a run goes on from this checkpoint; what came later is told anew. −1: all of it is,
 * since there is no checkpoint, or it was taken before the evaluation that precedes the first step.
 */
export function toldUntil(checkpoint: OpenedCheckpoint | null): number {
  if (!checkpoint) return -1;
  const { step, document } = checkpoint;
  return step > 0 || document.begun ? step : -1;
}
