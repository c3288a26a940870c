import { readCheckpoint } from '../../src/engine/checkpoint/document';
import type { KeptCheckpoint } from './runKeeper';

/**
 * The step up to which metrics stay when a run goes on from this checkpoint; what came later is told anew. −1: all of it is,
 * since there is no checkpoint, or it was taken before the evaluation that precedes the first step.
 */
export async function toldUntil(checkpoint: KeptCheckpoint | null): Promise<number> {
  if (!checkpoint) return -1;
  if (checkpoint.step > 0) return checkpoint.step;
  return (await readCheckpoint(checkpoint.bytes)).begun ? 0 : -1;
}
