/**
 * Collects values and hands them over in lists, at most once every `everyMs`; the first at once. `end` hands over the rest
 * and waits until the receiver has taken everything.
 */
export class Batcher<T> {
  #values: T[] = [];
  #last = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #delivered: Promise<unknown> = Promise.resolve();

  constructor(
    readonly deliver: (values: T[]) => unknown,
    readonly everyMs: number,
  ) {}

  push(value: T): void {
    this.#values.push(value);
    const due = this.#last + this.everyMs - performance.now();
    // A timer may come late while a step computes; looking at the clock here keeps the pace.
    if (due <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), due);
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#values.length === 0) return;
    const values = this.#values;
    this.#values = [];
    this.#last = performance.now();
    const before = this.#delivered;
    const now = Promise.resolve(this.deliver(values));
    // A receiver that went away must not end a run.
    this.#delivered = Promise.allSettled([before, now]);
  }

  async end(): Promise<void> {
    this.flush();
    await this.#delivered;
  }
}
