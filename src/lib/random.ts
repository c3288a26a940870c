/**
 * Seeded random numbers: PCG32 (O'Neill 2014, pcg-random.org, XSH-RR 64/32). Same seed and stream, same numbers, on
 * every machine; the state is plain data, so that a checkpoint can hold it.
 */
export interface RandomState {
  /** 64-bit state and increment, as decimal strings (JSON has no bigint). */
  state: string;
  increment: string;
}

const mask64 = (1n << 64n) - 1n;
/** 6364136223846793005, PCG's multiplier: high and low 32 bits, and the low ones in halves of 16. */
const [multiplierHigh, multiplierLow] = [0x5851f42d, 0x4c957f2d];
const [multiplierLow1, multiplierLow0] = [0x4c95, 0x7f2d];

const high32 = (value: bigint): number => Number(value >> 32n);
const low32 = (value: bigint): number => Number(value & 0xffffffffn);
const join64 = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);

export class Random {
  // 64-bit numbers in two halves of 32: several times as fast as with bigint.
  #high = 0;
  #low = 0;
  #incrementHigh: number;
  #incrementLow: number;

  /** @param seed any integer; @param stream separates uses of one seed (shuffle, dropout, sampling). */
  constructor(seed: number, stream = 0) {
    const increment = ((BigInt(Math.trunc(stream)) << 1n) | 1n) & mask64;
    this.#incrementHigh = high32(increment);
    this.#incrementLow = low32(increment);
    this.#next();
    this.#set((join64(this.#high, this.#low) + (BigInt(Math.trunc(seed)) & mask64)) & mask64);
    this.#next();
  }

  static fromState(saved: RandomState): Random {
    const random = new Random(0);
    random.#set(BigInt(saved.state));
    random.#incrementHigh = high32(BigInt(saved.increment));
    random.#incrementLow = low32(BigInt(saved.increment));
    return random;
  }

  get state(): RandomState {
    const increment = join64(this.#incrementHigh, this.#incrementLow);
    return { state: String(join64(this.#high, this.#low)), increment: String(increment) };
  }

  #set(state: bigint): void {
    this.#high = high32(state);
    this.#low = low32(state);
  }

  /** state ← state · multiplier + increment modulo 2⁶⁴; the number comes from the state before. */
  #next(): number {
    const high = this.#high;
    const low = this.#low;
    // The high half of low · multiplierLow, by parts of 16 bits: each sum stays below 2³².
    const low1 = low >>> 16;
    const low0 = low & 0xffff;
    const middle = (Math.imul(low1, multiplierLow0) + (Math.imul(low0, multiplierLow0) >>> 16)) >>> 0;
    const other = (Math.imul(low0, multiplierLow1) + (middle & 0xffff)) >>> 0;
    const carried = (Math.imul(low1, multiplierLow1) + (middle >>> 16) + (other >>> 16)) | 0;
    const cross = (Math.imul(low, multiplierHigh) + Math.imul(high, multiplierLow)) | 0;
    const nextLow = (Math.imul(low, multiplierLow) >>> 0) + this.#incrementLow;
    this.#low = nextLow >>> 0;
    this.#high = (carried + cross + this.#incrementHigh + (nextLow > 0xffffffff ? 1 : 0)) >>> 0;
    // XSH-RR: the low 32 bits of ((state >> 18) ^ state) >> 27, turned right by state >> 59.
    const mixedHigh = (high >>> 18) ^ high;
    const mixedLow = ((low >>> 18) | (high << 14)) ^ low;
    const shifted = (mixedLow >>> 27) | (mixedHigh << 5);
    const rotation = high >>> 27;
    return ((shifted >>> rotation) | (shifted << (-rotation & 31))) >>> 0;
  }

  /** A 32-bit unsigned integer. */
  uint32(): number {
    return this.#next();
  }

  /** Uniform in [0, 1), 32 bits of it. */
  uniform(): number {
    return this.#next() / 4294967296;
  }

  /** Uniform in 0 … bound-1 without modulo bias. */
  below(bound: number): number {
    const threshold = 4294967296 % bound;
    for (;;) {
      const value = this.#next();
      if (value >= threshold) return value % bound;
    }
  }

  /** A Fisher–Yates shuffle of 0 … count-1. */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const kept = order[last] ?? 0;
      order[last] = order[other] ?? 0;
      order[other] = kept;
    }
    return order;
  }
}
