import type { Random } from '../../lib/random';

export interface Sampling {
  /** 0 is greedy. */
  temperature: number;
  /** 0: no limit. */
  top_k: number;
  /** 1: no limit. */
  top_p: number;
  min_p: number;
  /** 1: none. */
  repetition_penalty: number;
}

/** Greedy without a penalty needs no logits in JavaScript: the device knows the best token. */
export const isPlainGreedy = ({ temperature, repetition_penalty }: Sampling): boolean =>
  temperature === 0 && repetition_penalty === 1;

/**
 * Picks the next token as transformers' generate does, in its order: repetition penalty (positive logits ÷ penalty, negative ×,
 * for every token of `history`), temperature, top-k (ties stay), top-p (smallest set whose sum reaches p), min-p (at least
 * min_p times the best), then a draw. `logits` [V] is changed. Greedy takes the lowest id on ties.
 */
export function pickToken(logits: Float32Array, history: Iterable<number>, sampling: Sampling, random: Random): number {
  const { temperature, top_k, top_p, min_p, repetition_penalty: penalty } = sampling;
  if (penalty !== 1)
    for (const id of new Set(history)) {
      const logit = logits[id] ?? 0;
      logits[id] = logit < 0 ? logit * penalty : logit / penalty;
    }
  if (temperature === 0) return indexOfMax(logits);

  const least =
    top_k > 0 && top_k < logits.length ? (Float32Array.from(logits).sort()[logits.length - top_k] ?? 0) : -Infinity;
  const candidates: number[] = [];
  for (let id = 0; id < logits.length; id++) if ((logits[id] ?? 0) >= least) candidates.push(id);
  candidates.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  const best = logits[candidates[0] ?? 0] ?? 0;
  let weights = candidates.map((id) => Math.exp(((logits[id] ?? 0) - best) / temperature));
  if (top_p < 1) weights = weights.slice(0, nucleus(weights, top_p));
  // weights[0] is 1, so the ratio to the best token is the weight itself.
  if (min_p > 0) weights = weights.filter((weight, index) => index === 0 || weight >= min_p);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let rest = random.uniform() * total;
  const chosen = weights.findIndex((weight) => (rest -= weight) < 0);
  return candidates[chosen < 0 ? weights.length - 1 : chosen] ?? 0;
}

/** How many of the weights (falling) stay: those after them sum to at most 1 − p; never none. */
function nucleus(weights: readonly number[], p: number): number {
  const allowed = (1 - p) * weights.reduce((sum, weight) => sum + weight, 0);
  let tail = 0;
  let kept = weights.length;
  while (kept > 1) {
    tail += weights[kept - 1] ?? 0;
    if (tail > allowed) break;
    kept--;
  }
  return kept;
}

function indexOfMax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}
