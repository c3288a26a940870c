import type { Batch } from '../batch/buildBatch';

/** Loss of each supervised position of a batch, and whether its best guess was right. */
export interface TokenLosses {
  losses: Float32Array;
  /** Positions whose most likely token is the target. */
  correct: number;
  sum: number;
  /** Σ cross-entropy, whatever the smoothing: what perplexity is made of. */
  crossEntropy: number;
}

/**
 * From the state [M, 4] that was read back: loss = max + ln Σ − target's logit. With label smoothing ε (mean logits [M] behind
 * the state) it is transformers' LabelSmoother: (1 − ε)·(−log p[target]) + ε·mean over the vocabulary of −log p, which is
 * max + ln Σ − (1 − ε)·target's logit − ε·mean logit. Sums in double precision, in order.
 */
export function tokenLosses(state: Float32Array, batch: Batch, smoothing = 0): TokenLosses {
  const losses = new Float32Array(batch.supervised);
  let correct = 0;
  let sum = 0;
  let crossEntropy = 0;
  for (let index = 0; index < batch.supervised; index++) {
    const [max = 0, total = 0, target = 0, best = -1] = state.subarray(4 * index, 4 * index + 4);
    const plain = max + Math.log(total) - target;
    const mean = smoothing > 0 ? (state[4 * batch.targets.length + index] ?? Number.NaN) : target;
    const loss = plain + smoothing * (target - mean);
    crossEntropy += plain;
    losses[index] = loss;
    sum += loss;
    if (best === batch.targets[index]) correct++;
  }
  return { losses, correct, sum, crossEntropy };
}
