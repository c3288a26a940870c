/** Runs work in several lanes and hands the results on in the order in which the work was given. */
export class InOrder<T> {
  readonly #running: Promise<T>[] = [];

  constructor(
    private readonly lanes: number,
    private readonly onResult: (result: T) => void,
  ) {}

  /** Starts work; resolves when there is room for more. */
  async add(work: Promise<T>): Promise<void> {
    // A failure is reported by the one who waits for it, not as an unhandled rejection meanwhile.
    work.catch(() => undefined);
    this.#running.push(work);
    while (this.#running.length > this.lanes) await this.#next();
  }

  /** Waits for all that is under way. */
  async end(): Promise<void> {
    while (this.#running.length > 0) await this.#next();
  }

  async #next(): Promise<void> {
    const first = this.#running.shift();
    if (first) this.onResult(await first);
  }
}
