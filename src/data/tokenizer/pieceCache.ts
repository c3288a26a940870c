/**
 * Tokens of pieces seen before, keyed by the pieces' UTF-16 units: an open-addressing table over typed arrays, so that
 * a lookup makes no string and a full cache gives the garbage collector nothing to walk. About 5 MB when full.
 */
const slotBits = 17;
const slotCount = 1 << slotBits;
const mostEntries = slotCount >> 1;
const keyUnits = 1 << 19;
const valueNumbers = 1 << 19;

/** Longest piece that is kept: its places fit in six bits. */
export const longestCachedPiece = 48;

/** Start and end of a token in its piece, as one number. */
export const packPlace = (start: number, end: number): number => (start << 6) | end;

export class PieceCache {
  /** hash, key's place and length, value's place, number of tokens: four numbers a slot; length 0 is free. */
  readonly #slots = new Int32Array(slotCount * 4);
  readonly #keys = new Uint16Array(keyUnits);
  /** Two numbers a token: id, packed place. */
  readonly values = new Int32Array(valueNumbers);
  #entries = 0;
  #keysUsed = 0;
  #valuesUsed = 0;
  #slot = 0;
  #hash = 0;

  /** Tokens of a piece; `valueAt` says where in `values` they stand. -1 for an unknown piece. */
  find(units: Uint16Array, from: number, to: number): number {
    const length = to - from;
    let hash = length;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (units[at] as number), 0x01000193);
    hash ^= hash >>> 15;
    const slots = this.#slots;
    let slot = (hash & (slotCount - 1)) << 2;
    for (;;) {
      const key = slots[slot + 1] as number;
      if (key === 0) break;
      if ((slots[slot] as number) === hash && (key & 63) === length && this.#same(units, from, key >>> 6, length)) {
        this.valueAt = slots[slot + 2] as number;
        return slots[slot + 3] as number;
      }
      slot = (slot + 4) & (slotCount * 4 - 1);
    }
    this.#slot = slot;
    this.#hash = hash;
    return -1;
  }

  valueAt = 0;

  #same(units: Uint16Array, from: number, key: number, length: number): boolean {
    const keys = this.#keys;
    for (let index = 0; index < length; index++) if (units[from + index] !== keys[key + index]) return false;
    return true;
  }

  /** Keeps the tokens of the piece that `find` has just not found. */
  add(units: Uint16Array, from: number, to: number, tokens: ArrayLike<number>, count: number): void {
    const length = to - from;
    if (
      this.#entries >= mostEntries ||
      this.#keysUsed + length > keyUnits ||
      this.#valuesUsed + count * 2 > valueNumbers
    ) {
      this.#slots.fill(0);
      this.#entries = this.#keysUsed = this.#valuesUsed = 0;
      this.#slot = (this.#hash & (slotCount - 1)) << 2;
    }
    for (let index = 0; index < length; index++) this.#keys[this.#keysUsed + index] = units[from + index] ?? 0;
    for (let index = 0; index < count * 2; index++) this.values[this.#valuesUsed + index] = tokens[index] ?? 0;
    const slots = this.#slots;
    slots[this.#slot] = this.#hash;
    slots[this.#slot + 1] = (this.#keysUsed << 6) | length;
    slots[this.#slot + 2] = this.#valuesUsed;
    slots[this.#slot + 3] = count;
    this.#entries++;
    this.#keysUsed += length;
    this.#valuesUsed += count * 2;
  }
}
