/** Numbers that come one after the other, kept packed. */
export class GrowableInts {
  #values = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    this.#reserve(1);
    this.#values[this.length++] = value;
  }

  pushAll(values: ArrayLike<number>): void {
    this.#reserve(values.length);
    this.#values.set(values, this.length);
    this.length += values.length;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  /** A view, valid until the next push. */
  view(from: number, to: number): Int32Array {
    return this.#values.subarray(from, Math.min(to, this.length));
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#values.length) return;
    // By half rather than double: at a hundred million tokens the spare room counts.
    const grown = new Int32Array(Math.max(this.length + more, Math.ceil(this.#values.length * 1.5)));
    grown.set(this.#values);
    this.#values = grown;
  }
}
