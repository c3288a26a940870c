/**
 * Byte-pair encoding (Sennrich et al. 2016) over token ids. The merges live in an open-addressing hash table on typed
 * arrays: 151,387 merges of Qwen2.5 take 4 MB and fill in a few milliseconds, where a Map of strings takes 60 MB.
 */
export class MergeTable {
  readonly #mask: number;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #rank: Int32Array;
  readonly #merged: Int32Array;

  /** @param pairs (left id, right id, merged id) of each merge in order of rank; flat, three numbers each. */
  constructor(pairs: Int32Array) {
    const count = pairs.length / 3;
    let size = 16;
    while (size < count * 2) size *= 2;
    this.#mask = size - 1;
    this.#left = new Int32Array(size).fill(-1);
    this.#right = new Int32Array(size);
    this.#rank = new Int32Array(size);
    this.#merged = new Int32Array(size);
    for (let rank = 0; rank < count; rank++) {
      const left = pairs[rank * 3] ?? 0;
      const right = pairs[rank * 3 + 1] ?? 0;
      const slot = this.#slot(left, right);
      if (this.#left[slot] !== -1) continue; // a merge listed twice: the first has the lower rank
      this.#left[slot] = left;
      this.#right[slot] = right;
      this.#rank[slot] = rank;
      this.#merged[slot] = pairs[rank * 3 + 2] ?? 0;
    }
  }

  #slot(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (this.#left[slot] !== -1 && (this.#left[slot] !== left || this.#right[slot] !== right)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  /** Slot of a pair, or -1 when the pair never merges. */
  #find(left: number, right: number): number {
    const slot = this.#slot(left, right);
    return this.#left[slot] === -1 ? -1 : slot;
  }

  /**
   * Merges symbols in place until no pair is left: always the pair of lowest rank, leftmost first.
   * @param ids symbols; shortened to the result. @param lengths source length (bytes) of each symbol, summed on a merge.
   */
  merge(ids: number[], lengths: number[]): void {
    if (ids.length > 48) this.#mergeLong(ids, lengths);
    else this.#mergeShort(ids, lengths);
  }

  #mergeShort(ids: number[], lengths: number[]): void {
    for (;;) {
      let bestRank = Infinity;
      let bestAt = -1;
      let bestSlot = -1;
      for (let at = 0; at + 1 < ids.length; at++) {
        const slot = this.#find(ids[at] ?? 0, ids[at + 1] ?? 0);
        if (slot < 0) continue;
        const rank = this.#rank[slot] ?? 0;
        if (rank < bestRank) {
          bestRank = rank;
          bestAt = at;
          bestSlot = slot;
        }
      }
      if (bestAt < 0) return;
      ids[bestAt] = this.#merged[bestSlot] ?? 0;
      lengths[bestAt] = (lengths[bestAt] ?? 0) + (lengths[bestAt + 1] ?? 0);
      ids.splice(bestAt + 1, 1);
      lengths.splice(bestAt + 1, 1);
    }
  }

  /** The same with a heap over a linked list, O(n log n): a word of 100,000 letters must not take minutes. */
  #mergeLong(ids: number[], lengths: number[]): void {
    const count = ids.length;
    const previous = Int32Array.from({ length: count }, (_, index) => index - 1);
    const following = Int32Array.from({ length: count }, (_, index) => (index + 1 < count ? index + 1 : -1));
    const alive = new Uint8Array(count).fill(1);
    const heap = new PairHeap();
    const offer = (left: number): void => {
      const right = following[left] ?? -1;
      if (right < 0) return;
      const slot = this.#find(ids[left] ?? 0, ids[right] ?? 0);
      if (slot >= 0) heap.push(this.#rank[slot] ?? 0, left, ids[left] ?? 0, ids[right] ?? 0);
    };
    for (let index = 0; index + 1 < count; index++) offer(index);
    for (let entry = heap.pop(); entry; entry = heap.pop()) {
      const { at, left, right } = entry;
      const after = following[at] ?? -1;
      // Entries are never removed from the heap: one whose symbols changed since is stale.
      if (!alive[at] || after < 0 || ids[at] !== left || ids[after] !== right) continue;
      ids[at] = this.#merged[this.#find(left, right)] ?? 0;
      lengths[at] = (lengths[at] ?? 0) + (lengths[after] ?? 0);
      alive[after] = 0;
      const beyond = following[after] ?? -1;
      following[at] = beyond;
      if (beyond >= 0) previous[beyond] = at;
      const before = previous[at] ?? -1;
      if (before >= 0) offer(before);
      offer(at);
    }
    let kept = 0;
    for (let index = 0; index >= 0 && index < count; index = following[index] ?? -1) {
      ids[kept] = ids[index] ?? 0;
      lengths[kept] = lengths[index] ?? 0;
      kept++;
    }
    ids.length = kept;
    lengths.length = kept;
  }
}

interface PairEntry {
  rank: number;
  at: number;
  left: number;
  right: number;
}

/** Binary min-heap of pairs by rank, then by position. */
class PairHeap {
  readonly #entries: PairEntry[] = [];

  push(rank: number, at: number, left: number, right: number): void {
    const entries = this.#entries;
    const entry = { rank, at, left, right };
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (!above || !isBefore(entry, above)) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  pop(): PairEntry | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (!top || !last || entries.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      let below = entries[child];
      if (!below) break;
      const sibling = entries[child + 1];
      if (sibling && isBefore(sibling, below)) {
        below = sibling;
        child++;
      }
      if (!isBefore(below, last)) break;
      entries[index] = below;
      index = child;
    }
    entries[index] = last;
    return top;
  }
}

const isBefore = (one: PairEntry, other: PairEntry): boolean =>
  one.rank < other.rank || (one.rank === other.rank && one.at < other.at);
