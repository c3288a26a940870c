import { dropoutHash } from '../runtime/dropoutHash';
import type { SampleOptions } from '../kernels';

/**
 * How the next token is drawn, in arithmetic that every device repeats: transformers' processors in their order, thresholds and
 * weights in whole numbers, so that no order of summation matters.
 *
 *     z ← z·penalty where z < 0, else z·(1/penalty), for every token of the text so far
 *     d = (max z − z)·(1/T)                           f32, not negative; its bits grow with it
 *     top-k   keeps d ≤ the k-th smallest d           ties stay
 *     q = ⌊e^(−d)·2^(30−⌊log₂ Σe^(−d)⌋) + ½⌋          Σq over all tokens lies between 2³⁰ and 2³¹
 *     top-p   keeps the smallest d that sum to ⌊⌊p·2³²⌋·Σq/2³²⌋, at least the best; ties stay
 *     min-p   keeps d ≤ −ln(min_p)                    e^(−d) is the ratio to the best
 *     draw    r = ⌊hash(seed, index)·Σq/2³²⌋; the first id, in the order of ids, at which the sum of q exceeds r
 *
 * Temperature 0 takes the largest z, the lowest id on ties. NaN is never the largest. What is left to the device is the
 * rounding of e^x: it moves a boundary between two tokens by about 1e-7, so one draw in some millions may differ.
 */
export interface SampleTerms {
  greedy: boolean;
  /** 1/T, in f32. */
  inverse: number;
  penalty: number;
  /** 1/penalty, in f32. */
  relief: number;
  /** 0: no limit. */
  topK: number;
  /** ⌊p·2³²⌋; 0: no limit (for a p of 0, 1). */
  topP: number;
  /** Bits of the largest d that min-p keeps. */
  limit: number;
  hash: number;
}

/** Bits of the largest finite d: keeps every logit but −∞ and NaN. */
export const keepAll = 0x7f7fffff;

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
/** Bits of an f32 without its sign. */
function bitsOf(value: number): number {
  scratch[0] = value;
  return (scratchBits[0] ?? 0) & 0x7fffffff;
}

/** ⌊a·b/2³²⌋ of unsigned 32-bit numbers. */
const multiplyHigh = (a: number, b: number): number => Number((BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n);

/** The numbers that kernels work with. @param columns of the logits @param index of the draw */
export function sampleTerms(
  { temperature, topK, topP, minP, repetitionPenalty, seed }: SampleOptions,
  columns: number,
  index: number,
): SampleTerms {
  return {
    greedy: !(temperature > 0),
    inverse: Math.fround(1 / Math.fround(temperature)),
    penalty: Math.fround(repetitionPenalty),
    relief: Math.fround(1 / Math.fround(repetitionPenalty)),
    topK: topK > 0 && topK < columns ? topK : 0,
    topP: topP < 1 ? Math.max(1, Math.floor(topP * 2 ** 32)) : 0,
    limit: minP > 0 ? bitsOf(-Math.log(Math.min(minP, 1))) : keepAll,
    hash: dropoutHash(seed, index),
  };
}

/** Weights of the tokens that may come next, 0 for others. `logits` [V] is changed: by the penalty. */
export function sampleWeights(logits: Float32Array, seen: Int32Array, terms: SampleTerms): Uint32Array {
  penalize(logits, seen, terms);
  const best = logits[largest(logits)] ?? 0;
  const distances = logits.map((logit) => Math.fround(best - logit) * terms.inverse);
  const bits = new Uint32Array(distances.buffer).map((word) => word & 0x7fffffff);
  let total = 0;
  for (const distance of distances) total += distance <= Infinity ? Math.exp(-distance) : 0;
  const scale = 2 ** (30 - Math.floor(Math.log2(Math.fround(total))));
  let limit = keepAll;
  if (terms.topK > 0) limit = Math.min(limit, bits.slice().sort()[terms.topK - 1] ?? limit);
  if (terms.topP > 0) limit = nucleus(bits, limit, scale, terms.topP);
  limit = Math.min(limit, terms.limit);
  return Uint32Array.from(distances, (distance, id) => ((bits[id] ?? 0) <= limit ? weightOf(distance, scale) : 0));
}

/** The next token. `logits` [V] is changed: by the penalty. */
export function sampleRow(logits: Float32Array, seen: Int32Array, terms: SampleTerms): number {
  if (terms.greedy) {
    penalize(logits, seen, terms);
    return largest(logits);
  }
  const weights = sampleWeights(logits, seen, terms);
  let rest = multiplyHigh(terms.hash, sum(weights));
  return Math.max(
    0,
    weights.findIndex((weight) => (rest -= weight) < 0),
  );
}

/** Marks a token in `seen`: bit id mod 32 of word ⌊id/32⌋. */
export function markSeen(seen: Int32Array, id: number): void {
  seen[id >>> 5] = (seen[id >>> 5] ?? 0) | (1 << (id & 31));
}

function penalize(logits: Float32Array, seen: Int32Array, { penalty, relief }: SampleTerms): void {
  if (penalty === 1) return;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0;
    if (((seen[id >>> 5] ?? 0) >>> (id & 31)) & 1) logits[id] = logit * (logit < 0 ? penalty : relief);
  }
}

function largest(logits: Float32Array): number {
  let id = 0;
  let best = -3.4e38;
  for (let other = 0; other < logits.length; other++) {
    const logit = logits[other] ?? 0;
    if (logit > best) [best, id] = [logit, other];
  }
  return id;
}

/** The smallest limit whose weights, of those under `limit`, reach their share p. */
function nucleus(bits: Uint32Array, limit: number, scale: number, p: number): number {
  const kept = bits.filter((distance) => distance <= limit).sort();
  const weights = Uint32Array.from(new Float32Array(kept.buffer), (distance) => weightOf(distance, scale));
  const wanted = Math.max(1, multiplyHigh(p, sum(weights)));
  let reached = 0;
  const last = weights.findIndex((weight) => (reached += weight) >= wanted);
  return kept[last] ?? limit;
}

function weightOf(distance: number, scale: number): number {
  return Math.floor(Math.fround(Math.fround(Math.exp(-distance)) * scale + 0.5));
}

const sum = (numbers: Uint32Array): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};
