/** Lengths of all rows, made ready to answer "what if max_length were L?" at every pixel of a drag. Pure. */
import type { RowLengths } from '../protocol/rows';

export interface LengthBin {
  /** Tokens, both inclusive. */
  from: number;
  to: number;
  rows: number;
}

/** Longer rows count as this long; an array of counts per length stays small. */
const lengthCap = 1 << 20;
const binCount = 44;
/** A spread of lengths beyond this ratio is drawn on a logarithmic axis. */
const logSpread = 20;

/** counts[L] = number of lengths ≤ L, for L from 0 to the longest. */
function cumulative(lengths: Int32Array, longest: number): Uint32Array {
  const counts = new Uint32Array(longest + 2);
  for (const length of lengths) {
    const at = Math.min(Math.max(0, length), longest);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  for (let at = 1; at < counts.length; at++) counts[at] = (counts[at] ?? 0) + (counts[at - 1] ?? 0);
  return counts;
}

/** Rows by length: O(rows + longest) to make, O(1) to ask. */
export class LengthFigures {
  readonly rows: number;
  readonly shortest: number;
  readonly longest: number;
  readonly #whole: Uint32Array;
  readonly #needed: Uint32Array;

  constructor({ whole, needed }: RowLengths) {
    let longest = 0;
    let shortest = lengthCap;
    for (const length of whole) {
      if (length > longest) longest = length;
      if (length < shortest) shortest = length;
    }
    this.rows = whole.length;
    this.longest = Math.min(longest, lengthCap);
    this.shortest = Math.min(shortest, this.longest);
    this.#whole = cumulative(whole, this.longest);
    this.#needed = cumulative(needed, this.longest);
  }

  /** Rows that fit whole into `maxLength` tokens. */
  fits(maxLength: number): number {
    return this.#whole[Math.max(0, Math.min(Math.floor(maxLength), this.longest))] ?? 0;
  }

  /** Rows of which an answer would be cut at `maxLength` tokens. */
  cut(maxLength: number): number {
    return this.rows - (this.#needed[Math.max(0, Math.min(Math.floor(maxLength), this.longest))] ?? 0);
  }

  /** Rows that do not fit, and lose no part of an answer: under `drop_oldest_turns` they lose their earlier turns. */
  shortened(maxLength: number): number {
    return this.rows - this.fits(maxLength) - this.cut(maxLength);
  }

  /** The smallest length that cuts at most `share` of the answers (0 to 1). */
  lengthFor(share: number): number {
    const allowed = Math.floor(share * this.rows);
    let low = 1;
    let high = Math.max(1, this.longest);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.cut(middle) <= allowed) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Rows with a length from … to, both inclusive. */
  between(from: number, to: number): number {
    return this.fits(to) - (from > 0 ? this.fits(from - 1) : 0);
  }
}

/** Where lengths stand on the axis: position 0 to 1 ⇄ tokens. */
export interface LengthScale {
  min: number;
  max: number;
  isLog: boolean;
  position: (tokens: number) => number;
  tokens: (position: number) => number;
}

/** The axis for these rows and a `max_length` that has to stay in sight. */
export function lengthScale({ shortest, longest }: LengthFigures, maxLength: number): LengthScale {
  const max = Math.max(longest, Math.min(maxLength, 4 * Math.max(1, longest)), 16);
  const isLog = longest / Math.max(1, shortest) > logSpread || max / Math.max(1, longest) > 2;
  const min = isLog ? Math.max(1, Math.floor(shortest * 0.8)) : 0;
  const ratio = Math.log(max / Math.max(1, min));
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  return {
    min,
    max,
    isLog,
    position: (tokens) => clamp(isLog ? Math.log(Math.max(1, tokens) / min) / ratio : tokens / max),
    tokens: (position) =>
      Math.max(1, Math.round(isLog ? min * Math.exp(clamp(position) * ratio) : clamp(position) * max)),
  };
}

/** Bars of the histogram: equally wide on the axis, whole numbers of tokens, none empty of lengths. */
export function lengthBins(figures: LengthFigures, scale: LengthScale): LengthBin[] {
  const bins: LengthBin[] = [];
  let from = scale.min;
  for (let bin = 1; bin <= binCount; bin++) {
    const to = bin === binCount ? scale.max : scale.tokens(bin / binCount) - 1;
    if (to < from) continue;
    bins.push({ from, to, rows: figures.between(from, to) });
    from = to + 1;
  }
  return bins;
}

/** Round figures for the axis: 1, 2 and 5 times powers of ten, or even steps, at most eight. */
export function lengthTicks({ min, max, isLog }: LengthScale): number[] {
  const ticks: number[] = [];
  if (isLog) {
    for (let power = 1; power <= max; power *= 10) {
      for (const step of [1, 2, 5]) if (step * power >= min && step * power <= max) ticks.push(step * power);
    }
    return ticks.length > 8 ? ticks.filter((tick) => /^1/.test(String(tick))) : ticks;
  }
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? power;
  for (let tick = 0; tick <= max; tick += Math.max(1, step)) ticks.push(tick);
  return ticks;
}
