/** Numbers that come one after the other, kept packed. */
export class GrowableInts {
  #values: Int32Array;
  length = 0;

  constructor(capacity = 1024) {
    this.#values = new Int32Array(capacity);
  }

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
    const needed = this.length + more;
    if (needed <= this.#values.length) return;
    const grown = new Int32Array(Math.max(needed, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
