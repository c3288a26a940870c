/** How much of the device work takes: all of it, or {@link politeShare}. */
export type WorkPace = 'polite' | 'full';

/** Of the time; what is left goes to the page and to other programs. */
const politeShare = 0.5;
/** Longest rest. The time since the last one is no work where a run was paused in between. */
const longestRestMs = 2000;

/** The clock, and how to wait: others in tests. */
export interface RestTimer {
  /** Milliseconds. */
  now(): number;
  sleep(ms: number): Promise<unknown>;
}
const realTimer: RestTimer = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Leaves a device idle in proportion to the time it has worked, where that is wanted. */
export class Breather {
  #pace: WorkPace = 'full';
  #restedAt = 0;
  /** How much longer than asked for the last rest was: timers are late, in some hidden tabs by a second. Made up for by the next ones. */
  #overslept = 0;
  #wake: () => void = () => undefined;

  /** @param settled resolves when the device has done what it was given. */
  constructor(
    readonly settled: () => Promise<unknown>,
    readonly timer: RestTimer = realTimer,
  ) {}

  get pace(): WorkPace {
    return this.#pace;
  }

  /** Ends a rest that goes on. */
  set pace(pace: WorkPace) {
    this.#pace = pace;
    this.#restedAt = this.timer.now();
    this.#overslept = 0;
    this.#wake();
  }

  /** Waits for the device, then for as long as it was busy since the last rest, at a share of one half. */
  async breathe(): Promise<void> {
    if (this.#pace === 'full') return;
    await this.settled();
    const begun = this.timer.now();
    const busy = begun - this.#restedAt;
    const rest = Math.min((busy * (1 - politeShare)) / politeShare, longestRestMs) - this.#overslept;
    if (rest > 0) await Promise.race([this.timer.sleep(rest), new Promise<void>((resolve) => (this.#wake = resolve))]);
    this.#restedAt = this.timer.now();
    this.#overslept = Math.min(Math.max(this.#restedAt - begun - rest, 0), longestRestMs);
  }
}
