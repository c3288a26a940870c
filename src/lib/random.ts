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
const multiplier = 6364136223846793005n;

export class Random {
  #state = 0n;
  #increment: bigint;

  /** @param seed any integer; @param stream separates uses of one seed (shuffle, dropout, sampling). */
  constructor(seed: number, stream = 0) {
    this.#increment = ((BigInt(Math.trunc(stream)) << 1n) | 1n) & mask64;
    this.#next();
    this.#state = (this.#state + (BigInt(Math.trunc(seed)) & mask64)) & mask64;
    this.#next();
  }

  static fromState(saved: RandomState): Random {
    const random = new Random(0);
    random.#state = BigInt(saved.state);
    random.#increment = BigInt(saved.increment);
    return random;
  }

  get state(): RandomState {
    return { state: String(this.#state), increment: String(this.#increment) };
  }

  #next(): number {
    const old = this.#state;
    this.#state = (old * multiplier + this.#increment) & mask64;
    const xorShifted = Number((((old >> 18n) ^ old) >> 27n) & 0xffffffffn);
    const rotation = Number(old >> 59n);
    return ((xorShifted >>> rotation) | (xorShifted << (-rotation & 31))) >>> 0;
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
