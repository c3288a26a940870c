/** Whether a run was slower while its tab was hidden, by the times of its own steps. Pure. */

/** Fewer steps are an accident. */
const fewest = 3;
/** Steps of either kind that are remembered: the last ones, as rows are of other lengths and a machine warms up. */
const window = 50;
/** Less is within what steps differ by anyway. */
const noticeable = 1.25;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, two) => one - two);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

export class HiddenPace {
  readonly #shown: number[] = [];
  readonly #hidden: number[] = [];

  /** A step took `ms` for `tokens`, while the tab was hidden or in sight. */
  add(ms: number, tokens: number, isHidden: boolean): void {
    const values = isHidden ? this.#hidden : this.#shown;
    values.push(ms / Math.max(1, tokens));
    if (values.length > window) values.shift();
  }

  /** Time per token while hidden ÷ time per token in sight, medians; null before there are {@link fewest} steps of both. */
  get factor(): number | null {
    if (this.#shown.length < fewest || this.#hidden.length < fewest) return null;
    return median(this.#hidden) / median(this.#shown);
  }

  /** The sentence for a person; null where there is nothing to say. */
  get note(): string | null {
    const { factor } = this;
    if (factor === null || factor < noticeable) return null;
    return `While this tab was hidden, the browser gave it less time: steps took ${factor.toFixed(1)} times as long. Keep it in sight to train at full speed.`;
  }
}
