/** How fast a transfer goes and how long it still takes, over its last seconds. Pure but for the clock it is given. */

/** Seconds that are looked back on: long enough to be steady, short enough to follow a change. */
const spanSeconds = 8;
/** Earlier than this nothing is said. */
const leastSeconds = 0.5;

export interface TransferRate {
  /** Bytes per second; null while nobody can tell. */
  rate: number | null;
  secondsLeft: number | null;
}

/** Follows one transfer: bytes that were there at the first call are not counted as transferred. */
export class RateMeter {
  readonly #marks: { seconds: number; bytes: number }[] = [];

  constructor(private readonly now: () => number = () => performance.now() / 1000) {}

  /** @param bytes there so far. @param totalBytes 0 while unknown. */
  at(bytes: number, totalBytes: number): TransferRate {
    const seconds = this.now();
    const marks = this.#marks;
    marks.push({ seconds, bytes });
    while (marks.length > 2 && seconds - (marks[1]?.seconds ?? 0) >= spanSeconds) marks.shift();
    const [first = { seconds, bytes }] = marks;
    const span = seconds - first.seconds;
    const rate = span >= leastSeconds ? Math.max(0, bytes - first.bytes) / span : null;
    const secondsLeft = rate !== null && rate > 0 && totalBytes > 0 ? Math.max(0, totalBytes - bytes) / rate : null;
    return { rate, secondsLeft };
  }
}
