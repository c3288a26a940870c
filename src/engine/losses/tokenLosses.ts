import type { Batch } from '../batch/buildBatch';

/** Cross-entropy of each supervised position of a batch, and whether its best guess was right. */
export interface TokenLosses {
  losses: Float32Array;
  /** Positions whose most likely token is the target. */
  correct: number;
  sum: number;
}

/** From the state [M, 4] that was read back: loss = max + ln Σ − target's logit. Sums in double precision, in order. */
export function tokenLosses(state: Float32Array, batch: Batch): TokenLosses {
  const losses = new Float32Array(batch.supervised);
  let correct = 0;
  let sum = 0;
  for (let index = 0; index < batch.supervised; index++) {
    const [max = 0, total = 0, target = 0, best = -1] = state.subarray(4 * index, 4 * index + 4);
    const loss = max + Math.log(total) - target;
    losses[index] = loss;
    sum += loss;
    if (best === batch.targets[index]) correct++;
  }
  return { losses, correct, sum };
}
