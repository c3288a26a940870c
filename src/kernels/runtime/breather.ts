/** How much of the device work takes: all of it, or {@link politeShare}. */
export type WorkPace = 'polite' | 'full';

/** Of the time; what is left goes to the page and to other programs. */
const politeShare = 0.5;
/** Longest rest: work that took longer than that was not asked often enough. */
const longestRestMs = 500;

/** Leaves a device idle in proportion to the time it has worked, where that is wanted. */
export class Breather {
  #pace: WorkPace = 'full';
  #restedAt = 0;

  /** @param settled resolves when the device has done what it was given. */
  constructor(readonly settled: () => Promise<unknown>) {}

  get pace(): WorkPace {
    return this.#pace;
  }

  set pace(pace: WorkPace) {
    this.#pace = pace;
    this.#restedAt = performance.now();
  }

  /** Waits for the device, then for as long as it was busy since the last rest, at a share of one half. */
  async breathe(): Promise<void> {
    if (this.#pace === 'full') return;
    await this.settled();
    const busy = performance.now() - this.#restedAt;
    const rest = Math.min((busy * (1 - politeShare)) / politeShare, longestRestMs);
    await new Promise((resolve) => setTimeout(resolve, rest));
    this.#restedAt = performance.now();
  }
}
