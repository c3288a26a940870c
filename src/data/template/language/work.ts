/**
 * Work of the rendering under way, counted where values are printed and compared: there is no state at hand, and a list that
 * hangs in itself many times over ([a, a] of [b, b] of …) is exponentially longer than what made it.
 */
let count: ((units: number) => void) | null = null;

/** Runs a rendering; `each` hears of its work, and throws when that is too much. */
export function counting(each: (units: number) => void, run: () => void): void {
  const outer = count;
  count = each;
  try {
    run();
  } finally {
    count = outer;
  }
}

/** Counts a step, and the reading of a text or list of this length. */
export const worked = (units: number): void => count?.(units);
