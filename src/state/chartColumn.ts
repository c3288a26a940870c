/** Numbers that grow at the end and may be cut back: a typed array that doubles, 8 bytes a point at 100,000 points and more. */
export class Column {
  #values = new Float64Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** Forgets all but the first `length` values. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /** The values so far, without a copy: to be read before the next one is added. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** How many of ascending `values` are at most `limit`. */
export function countUpTo(values: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the one of ascending `values` that is closest to `wanted`; -1 where there are none. */
export function closest(values: ArrayLike<number>, wanted: number): number {
  const after = countUpTo(values, wanted);
  const before = after - 1;
  if (after >= values.length) return before;
  if (before < 0) return after;
  return wanted - (values[before] ?? 0) <= (values[after] ?? 0) - wanted ? before : after;
}
