import { TunesmithError } from '../../lib/errors';
import { deviceOutOfMemory } from './deviceErrors';

/** A piece of memory between two others; free pieces are linked in the list of their size class. */
interface Block {
  pointer: number;
  size: number;
  free: boolean;
  /** Neighbours in memory. */
  before: Block | undefined;
  after: Block | undefined;
  /** Neighbours in the free list. */
  previous: Block | undefined;
  next: Block | undefined;
}

export const alignment = 64;
const lookedAt = 16;

/**
 * The allocator of the WebAssembly memory: good fit from free lists by size (eight classes an octave), neighbours merged
 * when freed (the idea of TLSF, Masmano et al. 2004). It only keeps books in JavaScript, so that the memory holds nothing
 * but data; the same calls always give the same addresses.
 */
export class WasmHeap {
  readonly #used = new Map<number, Block>();
  readonly #lists: (Block | undefined)[] = [];
  #last: Block | undefined;
  #end: number;
  #bytesInUse = 0;
  #peakBytes = 0;
  #limit = Number.POSITIVE_INFINITY;

  /**
   * @param begin first byte the heap may use; @param end one past the last.
   * @param grow makes the memory larger by at least so many bytes; the new end, or undefined where it cannot.
   */
  constructor(
    begin: number,
    end: number,
    readonly grow: (bytes: number) => number | undefined,
  ) {
    const start = roundUp(begin);
    this.#end = start;
    this.#extend(end);
  }

  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  /** The most that was in use, ever or since {@link resetPeak}. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  resetPeak(): void {
    this.#peakBytes = this.#bytesInUse;
  }

  get bytesReserved(): number {
    return this.#end;
  }

  /** Gives out at most so many bytes at a time, as if there were no more; null: what there is. What is in use stays. */
  setLimit(bytes: number | null): void {
    this.#limit = bytes ?? Number.POSITIVE_INFINITY;
  }

  /** A pointer to `bytes` bytes, a multiple of 64, contents undefined. Throws `device/out-of-memory`. */
  allocate(bytes: number): number {
    const size = roundUp(Math.max(bytes, 1));
    if (this.#bytesInUse + size > this.#limit) throw outOfMemory(this.#bytesInUse + size, this.#limit);
    let block = this.#find(size);
    if (!block) {
      const spare = this.#last?.free ? this.#last.size : 0;
      const end = this.grow(size - spare);
      if (end !== undefined) this.#extend(end);
      block = this.#find(size);
    }
    if (!block) throw outOfMemory(this.#bytesInUse + size, null);
    this.#unlink(block);
    if (block.size > size) {
      const rest = blockOf(block.pointer + size, block.size - size, block, block.after);
      if (block.after) block.after.before = rest;
      else this.#last = rest;
      block.after = rest;
      block.size = size;
      this.#link(rest);
    }
    block.free = false;
    this.#used.set(block.pointer, block);
    this.#bytesInUse += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytesInUse);
    return block.pointer;
  }

  /** Gives back what {@link allocate} gave; an unknown pointer is an `internal/assertion`. */
  free(pointer: number): void {
    const block = this.#used.get(pointer);
    if (!block) throw new TunesmithError('internal/assertion', `wasm heap: ${pointer} is not allocated`);
    this.#used.delete(pointer);
    this.#bytesInUse -= block.size;
    if (block.after?.free) this.#absorb(block, block.after);
    const { before } = block;
    if (before?.free) {
      this.#unlink(before);
      before.size += block.size;
      this.#relink(before, block.after);
      this.#link(before);
    } else this.#link(block);
  }

  /** Free pieces, largest first: for tests, which check that merging leaves one. */
  freeSizes(): number[] {
    const sizes: number[] = [];
    for (const head of this.#lists) for (let block = head; block; block = block.next) sizes.push(block.size);
    return sizes.sort((a, b) => b - a);
  }

  #extend(end: number): void {
    const size = end - this.#end - ((end - this.#end) % alignment);
    if (size <= 0) return;
    if (this.#last?.free) {
      this.#unlink(this.#last);
      this.#last.size += size;
      this.#link(this.#last);
    } else {
      const block = blockOf(this.#end, size, this.#last, undefined);
      if (this.#last) this.#last.after = block;
      this.#last = block;
      this.#link(block);
    }
    this.#end += size;
  }

  #absorb(block: Block, after: Block): void {
    this.#unlink(after);
    block.size += after.size;
    this.#relink(block, after.after);
  }

  #relink(block: Block, after: Block | undefined): void {
    block.after = after;
    if (after) after.before = block;
    else this.#last = block;
  }

  /** A free block of at least `size`: some of its own class first (an exact fit lies there), then any larger class. */
  #find(size: number): Block | undefined {
    const own = sizeClass(size);
    let block = this.#lists[own];
    for (let seen = 0; block && seen < lookedAt; seen++, block = block.next) if (block.size >= size) return block;
    for (let index = own + 1; index < this.#lists.length; index++) if (this.#lists[index]) return this.#lists[index];
    for (; block; block = block.next) if (block.size >= size) return block;
    return undefined;
  }

  #link(block: Block): void {
    const index = sizeClass(block.size);
    const head = this.#lists[index];
    block.free = true;
    block.previous = undefined;
    block.next = head;
    if (head) head.previous = block;
    this.#lists[index] = block;
  }

  #unlink(block: Block): void {
    if (block.previous) block.previous.next = block.next;
    else this.#lists[sizeClass(block.size)] = block.next;
    if (block.next) block.next.previous = block.previous;
    block.free = false;
  }
}

const roundUp = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** Eight classes to each power of two, in units of 64 bytes. */
function sizeClass(size: number): number {
  const units = size / alignment;
  const octave = 31 - Math.clz32(units);
  const part = octave < 3 ? 0 : (units >>> (octave - 3)) & 7;
  return octave * 8 + part;
}

const blockOf = (pointer: number, size: number, before: Block | undefined, after: Block | undefined): Block => ({
  pointer,
  size,
  free: true,
  before,
  after,
  previous: undefined,
  next: undefined,
});

const outOfMemory = (neededBytes: number, limitBytes: number | null): TunesmithError =>
  deviceOutOfMemory('WASM', neededBytes, limitBytes);
