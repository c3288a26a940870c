/**
 * Which points of a long curve to draw: in every column of pixels the first and the last, and of every line the lowest and the
 * highest number, so that the picture is that of all points (M4: Jugel et al., VLDB 2014). `x` ascends; indices do too. Linear in
 * the points, one pass.
 */
export function thinned(x: Float64Array, lines: readonly Float64Array[], pixels: number): Uint32Array {
  const points = x.length;
  const perColumn = 2 + 2 * lines.length;
  if (points <= perColumn * pixels) return Uint32Array.from({ length: points }, (_, index) => index);
  const kept = new Uint32Array(perColumn * (pixels + 1));
  let count = 0;
  const left = x[0] ?? 0;
  const perPixel = ((x[points - 1] ?? 0) - left) / pixels || 1;
  const columnOf = (index: number): number => Math.floor(((x[index] ?? 0) - left) / perPixel);
  const chosen = new Uint32Array(perColumn);
  let from = 0;
  while (from < points) {
    const to = firstBeyond(columnOf, columnOf(from), from + 1, points);
    chosen[0] = from;
    chosen[1] = to - 1;
    for (const [index, line] of lines.entries()) chosen.set(extremes(line, from, to), 2 + 2 * index);
    chosen.sort();
    for (const at of chosen) if (count === 0 || kept[count - 1] !== at) kept[count++] = at;
    from = to;
  }
  return kept.subarray(0, count);
}

/** The first index in [from, end) whose column is beyond `column`; `end` where there is none. By halving. */
function firstBeyond(columnOf: (index: number) => number, column: number, from: number, end: number): number {
  let [low, high] = [from, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (columnOf(middle) > column) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Indices of the lowest and the highest number in [from, to); `from` where none is a number. */
function extremes(line: Float64Array, from: number, to: number): [number, number] {
  let [low, high] = [from, from];
  let [lowest, highest] = [Infinity, -Infinity];
  for (let at = from; at < to; at++) {
    const value = line[at] ?? NaN;
    if (value < lowest) {
      lowest = value;
      low = at;
    }
    if (value > highest) {
      highest = value;
      high = at;
    }
  }
  return [low, high];
}
