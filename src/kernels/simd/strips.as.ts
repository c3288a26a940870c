// op(B) [k, n] in strips for the tiles of matmul: some panels of eight columns, some rows deep, packed into scratch memory
// right before they are multiplied. B is read once, in any format, and nothing of it is kept a second time.
import { at } from './core.as';
import { packPanel } from './pack.as';
import { columnAt, single, unpackColumns } from './unpack.as';

/** B as it is stored: rows `bytes` apart, each with its scales. */
// @ts-ignore: decorator
@inline
function rowAt(base: usize, bytes: usize, row: i32): usize {
  return base + <usize>row * bytes;
}

/**
 * A strip of a transposed B [n, k]: rows `column … column+7` of it, `live` of which exist, columns i … i+depth−1:
 * strip[i'][j] = B[column + j][i + i'].
 */
export function stripOfRows(
  format: i32, b: usize, rowBytes: usize, scales: usize, groups: i32, column: i32, live: i32, i: i32, depth: i32,
  strip: usize, staging: usize,
): void {
  const first = rowAt(b, rowBytes, column);
  if (format == single) {
    packPanel(at(first, i), rowBytes, live, depth, strip);
    return;
  }
  const lineBytes = <usize>((depth + 31) & ~31) << 2;
  const rows = min(live, 8);
  for (let row = 0; row < rows; row++) {
    const own = at(scales, (column + row) * groups);
    unpackColumns(format, rowAt(first, rowBytes, row), own, i, depth, staging + <usize>row * lineBytes);
  }
  packPanel(staging, lineBytes, live, depth, strip);
}

/**
 * Strips of B [k, n] as it is, `panels` of them `stripBytes` apart: rows i … i+depth−1, columns from `column` on (a multiple
 * of 32 in packed formats): strip[p][i'][j] = B[i + i'][column + 8p + j]. What stands past column n is never used.
 */
export function stripsOfColumns(
  format: i32, b: usize, rowBytes: usize, scales: usize, groups: i32, column: i32, panels: i32, i: i32, depth: i32,
  strips: usize, stripBytes: usize, staging: usize,
): void {
  for (let row = 0; row < depth; row++) {
    let source = rowAt(b, rowBytes, i + row) + columnAt(format, column);
    if (format != single) {
      unpackColumns(format, rowAt(b, rowBytes, i + row), at(scales, (i + row) * groups), column, panels << 3, staging);
      source = staging;
    }
    let target = strips + (<usize>row << 5);
    for (let panel = 0; panel < panels; panel++) {
      v128.store(target, v128.load(source));
      v128.store(target, v128.load(source, 16), 16);
      source += 32;
      target += stripBytes;
    }
  }
}
