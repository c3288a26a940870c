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

/** What may come next: token ids, most likely first, and weights that sum to any number. */
export interface Distribution {
  ids: number[];
  weights: number[];
}

/**
 * The distribution that transformers' generate draws from, its processors in their order: repetition penalty (positive logits ÷
 * penalty, negative ×, for every token of `history`), temperature (above 0), top-k (ties stay), top-p (smallest set whose sum
 * reaches p), min-p (at least min_p times the best). `logits` [V] is changed.
 */
export function tokenDistribution(
  logits: Float32Array,
  history: Iterable<number>,
  { temperature, top_k, top_p, min_p, repetition_penalty }: Sampling,
): Distribution {
  penalize(logits, history, repetition_penalty);
  const least =
    top_k > 0 && top_k < logits.length ? (Float32Array.from(logits).sort()[logits.length - top_k] ?? 0) : -Infinity;
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) if ((logits[id] ?? 0) >= least) ids.push(id);
  ids.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  const best = logits[ids[0] ?? 0] ?? 0;
  let weights = ids.map((id) => Math.exp(((logits[id] ?? 0) - best) / temperature));
  if (top_p < 1) weights = weights.slice(0, nucleus(weights, top_p));
  // The best token's weight is 1, so a weight is the ratio to the best.
  if (min_p > 0) weights = weights.filter((weight, index) => index === 0 || weight >= min_p);
  return { ids: ids.slice(0, weights.length), weights };
}

/** Draws the next token, or takes the most likely (the lowest id on ties) where temperature is 0. `logits` [V] is changed. */
export function pickToken(logits: Float32Array, history: Iterable<number>, sampling: Sampling, random: Random): number {
  if (sampling.temperature === 0) {
    penalize(logits, history, sampling.repetition_penalty);
    return indexOfMax(logits);
  }
  const { ids, weights } = tokenDistribution(logits, history, sampling);
  let rest = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const chosen = weights.findIndex((weight) => (rest -= weight) < 0);
  return ids[chosen < 0 ? ids.length - 1 : chosen] ?? 0;
}

function penalize(logits: Float32Array, history: Iterable<number>, penalty: number): void {
  if (penalty === 1) return;
  for (const id of new Set(history)) {
    const logit = logits[id] ?? 0;
    logits[id] = logit < 0 ? logit * penalty : logit / penalty;
  }
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
