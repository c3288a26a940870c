/** Curves of several runs over one axis, as columns to draw. Pure. */

/** What of a run is overlaid: its steps in order, and its measurements. */
export interface Curve {
  steps: ArrayLike<number>;
  smoothed: ArrayLike<number>;
  /** Of each step. */
  tokens: ArrayLike<number>;
  evals: readonly { step: number; loss: number }[];
}

/** By optimizer steps, or by tokens read: runs with other batches are comparable by tokens only. */
export type OverlayAxis = 'steps' | 'tokens';

/** A run's smoothed training loss, thinned, and its validation losses. */
export interface OverlayLine {
  x: number[];
  loss: number[];
  evalX: number[];
  evalLoss: number[];
}

/** More points than a line has pixels draw nothing more. */
const mostPoints = 600;

/**
 * A run's line: at most {@link mostPoints} evenly spaced steps, the last always among them; every validation point. Steps that were
 * not reported count by tokens as the next one that was.
 */
export function overlayLine(curve: Curve, axis: OverlayAxis): OverlayLine {
  const { steps, smoothed, tokens, evals } = curve;
  const { length } = steps;
  const read: number[] = [];
  const line: OverlayLine = { x: [], loss: [], evalX: [], evalLoss: [] };
  const stride = Math.max(1, Math.ceil(length / mostPoints));
  let before = 0;
  for (let index = 0; index < length; index++) {
    const step = steps[index] ?? 0;
    read.push((read.at(-1) ?? 0) + (step - before) * (tokens[index] ?? 0));
    before = step;
    if (index % stride !== 0 && index !== length - 1) continue;
    line.x.push(axis === 'steps' ? step : (read[index] ?? 0));
    line.loss.push(smoothed[index] ?? NaN);
  }
  let at = -1;
  for (const { step, loss } of evals) {
    // Both ascend: the last reported step that is no later.
    while (at + 1 < length && (steps[at + 1] ?? 0) <= step) at += 1;
    const next = tokens[at + 1] ?? 0;
    const since = step - (at < 0 ? 0 : (steps[at] ?? 0));
    line.evalX.push(axis === 'steps' ? step : (read[at] ?? 0) + since * next);
    line.evalLoss.push(loss);
  }
  return line;
}

/**
 * Columns over the union of all x, ascending: x, then for each line its training loss and its validation loss; null where a line
 * has no point.
 */
export function overlayColumns(lines: readonly OverlayLine[]): [number[], ...(number | null)[][]] {
  const xs = [...new Set(lines.flatMap(({ x, evalX }) => [...x, ...evalX]))].sort((a, b) => a - b);
  const index = new Map(xs.map((x, position) => [x, position]));
  const column = (x: number[], values: number[]): (number | null)[] => {
    const filled = new Array<number | null>(xs.length).fill(null);
    x.forEach((one, position) => {
      const to = index.get(one);
      const value = values[position];
      if (to !== undefined && value !== undefined && Number.isFinite(value)) filled[to] = value;
    });
    return filled;
  };
  return [xs, ...lines.flatMap((line) => [column(line.x, line.loss), column(line.evalX, line.evalLoss)])];
}
