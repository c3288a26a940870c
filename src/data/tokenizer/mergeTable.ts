/**
 * Byte-pair encoding (Sennrich et al. 2016) over token ids. The merges live in an open-addressing hash table on one
 * typed array: 151,387 merges of Qwen2.5 take 4 MB and fill in a few milliseconds, where a Map of strings takes 60 MB.
 */
const never = 0x7fffffff;
/** Up to so many symbols a plain search for the lowest rank beats a heap. */
const longestShort = 64;
const dead = -2;

/** Symbols of a piece, with the start and end of each in the piece's units. `merge` shortens it in place. */
export class Symbols {
  ids = new Int32Array(64);
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  count = 0;

  push(id: number, start: number, end: number): void {
    if (this.count === this.ids.length) {
      this.ids = doubled(this.ids);
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
    }
    this.ids[this.count] = id;
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.count++;
  }
}

function doubled(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}

export class MergeTable {
  readonly #mask: number;
  /** left, right, rank, merged id: four numbers a slot; left -1 is free. */
  readonly #slots: Int32Array;
  readonly #ranks = new Int32Array(longestShort);
  readonly #merged = new Int32Array(longestShort);

  /** @param triples (left id, right id, merged id) of each merge in order of rank; flat, three numbers each. */
  constructor(triples: Int32Array) {
    const count = triples.length / 3;
    let size = 16;
    while (size < count * 1.5) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size * 4).fill(-1);
    for (let rank = 0; rank < count; rank++) {
      const left = triples[rank * 3] ?? 0;
      const right = triples[rank * 3 + 1] ?? 0;
      // Of a merge listed twice the last counts, as in the tokenizers library.
      const slot = this.#slot(left, right);
      this.#slots[slot] = left;
      this.#slots[slot + 1] = right;
      this.#slots[slot + 2] = rank;
      this.#slots[slot + 3] = triples[rank * 3 + 2] ?? 0;
    }
  }

  /** The slot of a pair, or the free one where it would go. */
  #slot(left: number, right: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77);
    hash = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const at = hash << 2;
      const found = slots[at] as number;
      if (found === -1 || (found === left && (slots[at + 1] as number) === right)) return at;
      hash = (hash + 1) & mask;
    }
  }

  /** Merges symbols in place until no pair is left: always the pair of lowest rank, leftmost first. */
  merge(symbols: Symbols): void {
    if (symbols.count > longestShort) this.#mergeLong(symbols);
    else if (symbols.count > 1) this.#mergeShort(symbols);
  }

  #mergeShort(symbols: Symbols): void {
    const { ids, ends, starts } = symbols;
    const ranks = this.#ranks;
    const merged = this.#merged;
    let pairs = symbols.count - 1;
    for (let at = 0; at < pairs; at++) this.#rate(ids, at);
    while (pairs > 0) {
      let best = 0;
      let lowest = ranks[0] as number;
      for (let at = 1; at < pairs; at++) {
        const rank = ranks[at] as number;
        if (rank < lowest) {
          lowest = rank;
          best = at;
        }
      }
      if (lowest === never) break;
      ids[best] = merged[best] as number;
      ends[best] = ends[best + 1] as number;
      pairs--;
      for (let at = best + 1; at <= pairs; at++) {
        ids[at] = ids[at + 1] as number;
        starts[at] = starts[at + 1] as number;
        ends[at] = ends[at + 1] as number;
      }
      for (let at = best + 1; at < pairs; at++) {
        ranks[at] = ranks[at + 1] as number;
        merged[at] = merged[at + 1] as number;
      }
      if (best < pairs) this.#rate(ids, best);
      if (best > 0) this.#rate(ids, best - 1);
    }
    symbols.count = pairs + 1;
  }

  /** Looks up the rank of the pair at a place, and what it merges to. */
  #rate(ids: Int32Array, at: number): void {
    const slots = this.#slots;
    const slot = this.#slot(ids[at] as number, ids[at + 1] as number);
    this.#ranks[at] = (slots[slot] as number) === -1 ? never : (slots[slot + 2] as number);
    this.#merged[at] = slots[slot + 3] as number;
  }

  /** The same with a heap over a linked list, O(n log n): a word of 100,000 letters must not take minutes. */
  #mergeLong(symbols: Symbols): void {
    const { ids, starts, ends, count } = symbols;
    const slots = this.#slots;
    const previous = new Int32Array(count);
    const following = new Int32Array(count);
    for (let at = 0; at < count; at++) {
      previous[at] = at - 1;
      following[at] = at + 1 < count ? at + 1 : -1;
    }
    const heap = new NumberHeap(count * 2);
    const rankAt = (left: number): number => {
      const right = following[left] ?? -1;
      if (right < 0) return -1;
      const slot = this.#slot(ids[left] ?? 0, ids[right] ?? 0);
      return (slots[slot] ?? -1) === -1 ? -1 : (slots[slot + 2] ?? -1);
    };
    const offer = (left: number): void => {
      const rank = rankAt(left);
      // Rank first, then place: both fit in the 53 bits of a number.
      if (rank >= 0) heap.push(rank * 2 ** 29 + left);
    };
    for (let at = 0; at + 1 < count; at++) offer(at);
    while (heap.size > 0) {
      const entry = heap.pop();
      const at = entry % 2 ** 29;
      // Entries are never removed from the heap: one whose pair changed since has another rank now.
      if (following[at] === dead || rankAt(at) !== (entry - at) / 2 ** 29) continue;
      const right = following[at] ?? 0;
      ids[at] = slots[this.#slot(ids[at] ?? 0, ids[right] ?? 0) + 3] ?? 0;
      ends[at] = ends[right] ?? 0;
      const beyond = following[right] ?? -1;
      following[right] = dead;
      following[at] = beyond;
      if (beyond >= 0) previous[beyond] = at;
      const before = previous[at] ?? -1;
      if (before >= 0) offer(before);
      offer(at);
    }
    let kept = 0;
    for (let at = 0; at >= 0 && at < count; at = following[at] ?? -1) {
      ids[kept] = ids[at] ?? 0;
      starts[kept] = starts[at] ?? 0;
      ends[kept] = ends[at] ?? 0;
      kept++;
    }
    symbols.count = kept;
  }
}

/** Binary min-heap of numbers. */
class NumberHeap {
  #entries: Float64Array<ArrayBuffer>;
  size = 0;

  constructor(capacity: number) {
    this.#entries = new Float64Array(Math.max(16, capacity));
  }

  push(entry: number): void {
    if (this.size === this.#entries.length) {
      const larger = new Float64Array(this.size * 2);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    const entries = this.#entries;
    let index = this.size++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent] as number;
      if (above <= entry) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Takes the smallest out; the heap must not be empty. */
  pop(): number {
    const entries = this.#entries;
    const top = entries[0] as number;
    const size = --this.size;
    const last = entries[size] as number;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && (entries[child + 1] as number) < (entries[child] as number)) child++;
      const below = entries[child] as number;
      if (below >= last) break;
      entries[index] = below;
      index = child;
    }
    entries[index] = last;
    return top;
  }
}
