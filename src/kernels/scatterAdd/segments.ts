/** Equal row numbers brought together, so that each row of a table is summed by one thread, in a fixed order. */
export interface RowSegments {
  /** int32 [N]: indices into the row numbers, those of one row next to each other and ascending. */
  order: Int32Array;
  /** int32 [U, 3]: (row, first, end) for each row that occurs, ascending; its indices are order[first … end − 1]. */
  segments: Int32Array;
}

/** Segments of the numbers that lie in [firstRow, firstRow + rowCount), numbered from firstRow. O(N log N). */
export function rowSegments(rows: Int32Array, firstRow = 0, rowCount = Number.POSITIVE_INFINITY): RowSegments {
  const inside = Array.from(rows.keys()).filter((index) => {
    const row = rows[index] ?? -1;
    return row >= firstRow && row < firstRow + rowCount;
  });
  // A stable sort: equal rows keep their order.
  const order = Int32Array.from(inside.sort((a, b) => (rows[a] ?? 0) - (rows[b] ?? 0)));
  const segments: number[] = [];
  for (let first = 0; first < order.length;) {
    const row = rows[order[first] ?? 0] ?? 0;
    let end = first + 1;
    while (end < order.length && rows[order[end] ?? 0] === row) end++;
    segments.push(row - firstRow, first, end);
    first = end;
  }
  return { order, segments: Int32Array.from(segments) };
}
