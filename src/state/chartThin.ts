/**
 * Which points of a long curve to draw: in every column of pixels the first and the last, and of every line the lowest and the
 * highest, so that the picture is that of all points (M4: Jugel et al., VLDB 2014). Linear in the points, one pass.
 */
export function thinned(x: Float64Array, lines: readonly Float64Array[], pixels: number): Uint32Array {
  const points = x.length;
  const perColumn = 2 + 2 * lines.length;
  if (points <= perColumn * pixels) return Uint32Array.from({ length: points }, (_, index) => index);
  const kept = new Uint32Array(perColumn * (pixels + 1));
  let count = 0;
  const left = x[0] ?? 0;
  const perPixel = ((x[points - 1] ?? 0) - left) / pixels || 1;
  const chosen = new Uint32Array(perColumn);
  let from = 0;
  while (from < points) {
    const column = Math.floor(((x[from] ?? 0) - left) / perPixel);
    let to = from;
    while (to < points && Math.floor(((x[to] ?? 0) - left) / perPixel) === column) to++;
    chosen[0] = from;
    chosen[1] = to - 1;
    lines.forEach((line, index) => {
      let [low, high] = [from, from];
      for (let at = from + 1; at < to; at++) {
        const value = line[at] ?? NaN;
        if (value < (line[low] ?? NaN)) low = at;
        if (value > (line[high] ?? NaN)) high = at;
      }
      chosen[2 + 2 * index] = low;
      chosen[3 + 2 * index] = high;
    });
    chosen.sort();
    for (const at of chosen) if (count === 0 || kept[count - 1] !== at) kept[count++] = at;
    from = to;
  }
  return kept.subarray(0, count);
}
