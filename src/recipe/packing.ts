import { TunesmithError } from '../lib/errors';

/**
 * Rows are packed in windows of so many, as TRL does (the default batch of `datasets.map`): packs stay near the order of the
 * file, and are as full as one window's lengths allow.
 */
export const packingWindow = 1000;

/**
 * Groups rows into packs of at most `maxLength` tokens, best fit decreasing ("Fewer Truncations Improve Language Modeling",
 * arXiv 2404.10830), in the very order of TRL's `bfd`: within a window the longest row first, equal lengths in order of the
 * rows; each goes into the pack that it fills best, of equally good ones the one that has waited longest, else into a new one.
 * Rows are never split (rules.md 20). Returns the packs as row indices. Time grows as rows · log(maxLength).
 *
 *     lengths 5 2 3 1, maxLength 5  →  [0] [2 1] [3]
 *
 * Throws `train/bad-length` for an empty row, or one longer than a pack: truncation comes before (rules.md 4).
 */
export function packRows(lengths: ArrayLike<number>, maxLength: number): Uint32Array[] {
  const packs: Uint32Array[] = [];
  for (let from = 0; from < lengths.length; from += packingWindow)
    packWindow(lengths, from, Math.min(from + packingWindow, lengths.length), maxLength, packs);
  return packs;
}

function packWindow(
  lengths: ArrayLike<number>,
  from: number,
  to: number,
  maxLength: number,
  packs: Uint32Array[],
): void {
  const lengthOf = (row: number): number => lengths[row] ?? 0;
  const order = Array.from({ length: to - from }, (_, index) => from + index);
  for (const row of order)
    if (!(lengthOf(row) >= 1 && lengthOf(row) <= maxLength))
      throw new TunesmithError(
        'train/bad-length',
        `training row ${row + 1}: packing takes rows of 1 to training.max_length = ${maxLength} tokens, got ${lengthOf(row)}; raise training.max_length`,
        { data: { row, length: lengthOf(row), maxLength } },
      );
  order.sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const spaces = new SpaceTree(maxLength);
  /** Free tokens → packs that have so many, the longest waiting first. */
  const waiting = new Map<number, number[][]>();
  const opened: number[][] = [];
  for (const row of order) {
    const length = lengthOf(row);
    const space = spaces.smallestFrom(length);
    let pack: number[] | undefined;
    let left = maxLength - length;
    if (space !== null) {
      const queue = waiting.get(space);
      pack = queue?.shift();
      if (queue?.length === 0) spaces.set(space, false);
      left = space - length;
    }
    if (!pack) opened.push((pack = []));
    pack.push(row);
    if (left === 0) continue;
    const queue = waiting.get(left);
    if (queue) queue.push(pack);
    else waiting.set(left, [pack]);
    spaces.set(left, true);
  }
  for (const pack of opened) packs.push(Uint32Array.from(pack));
}

/** A set of whole numbers from 1 to `largest` that finds its smallest member not below a value in log(largest) steps. */
class SpaceTree {
  private readonly leaves: number;
  /** A binary heap's layout: node n holds the largest member below it, 0 for none. */
  private readonly largest: Uint32Array;

  constructor(largest: number) {
    this.leaves = 2 ** Math.ceil(Math.log2(largest + 1));
    this.largest = new Uint32Array(2 * this.leaves);
  }

  set(value: number, present: boolean): void {
    let node = this.leaves + value;
    this.largest[node] = present ? value : 0;
    for (node >>= 1; node >= 1; node >>= 1)
      this.largest[node] = Math.max(this.largest[2 * node] ?? 0, this.largest[2 * node + 1] ?? 0);
  }

  smallestFrom(value: number): number | null {
    if ((this.largest[1] ?? 0) < value) return null;
    let node = 1;
    while (node < this.leaves) node = (this.largest[2 * node] ?? 0) >= value ? 2 * node : 2 * node + 1;
    return this.largest[node] ?? null;
  }
}
