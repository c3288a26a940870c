/**
 * One job on the device at a time, in the order in which they asked. A long job can let the others go first between two of
 * its steps.
 */
export class DeviceLock {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #release: () => void = () => {};

  /** Runs `work` when all jobs that asked before it are done. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#acquire();
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  /** Called by the job that runs: lets every waiting job run now, while `until` settles; then takes the device back. */
  async pass(until?: Promise<unknown>): Promise<void> {
    if (this.#waiting === 0 && !until) return;
    this.#release();
    await until;
    await this.#acquire();
  }

  async #acquire(): Promise<void> {
    const before = this.#tail;
    let free = (): void => {};
    this.#tail = new Promise<void>((resolve) => (free = resolve));
    this.#waiting++;
    await before;
    this.#waiting--;
    this.#release = free;
  }
}
