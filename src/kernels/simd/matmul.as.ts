// C = alpha · op(A)·op(B) + bias (+ C): the kernel that training spends its time in.
// K is cut into blocks so that a strip of B stays in the first-level cache while the rows of A pass by.
import { arg, number, pointer } from './core.as';
import { place, tileRows } from './tile.as';

/**
 * Arguments: A, bytes between its rows, bytes between its k, B, bytes between panels, bytes between k within a panel,
 * C, bias (0: none), m, n, k, rows a chunk, panels a chunk, chunks of rows, accumulate, k a block; alpha.
 */
export function matmul(args: usize, chunk: i32, scratch: usize): void {
  const aRow = pointer(args, 1);
  const aStep = pointer(args, 2);
  const bPanel = pointer(args, 4);
  const bStep = pointer(args, 5);
  const m = arg(args, 8);
  const n = arg(args, 9);
  const k = arg(args, 10);
  const rowChunks = arg(args, 13);
  const perBlock = arg(args, 15);
  const turned = aRow == 4 && aStep != 4;
  const alpha = f32x4.splat(number(args, 0));
  const cRow = (<usize>n) << 2;
  const firstRow = (chunk % rowChunks) * arg(args, 11);
  const lastRow = min(m, firstRow + arg(args, 11));
  const firstPanel = (chunk / rowChunks) * arg(args, 12);
  const lastPanel = min((n + 7) >> 3, firstPanel + arg(args, 12));
  for (let i = 0; i < k || i == 0; i += perBlock) {
    const depth = min(perBlock, k - i);
    const keep = i > 0 || arg(args, 14) != 0;
    for (let panel = firstPanel; panel < lastPanel; panel++) {
      const b = pointer(args, 3) + <usize>panel * bPanel + <usize>i * bStep;
      const bias = i == 0 && pointer(args, 7) != 0 ? pointer(args, 7) + ((<usize>panel) << 5) : 0;
      const live = n - (panel << 3);
      let row = firstRow;
      while (row < lastRow) {
        let count = lastRow - row;
        // Never a thin last tile: five rows go as three and two.
        if (count > tileRows) count = count < 2 * tileRows ? (count + 1) >> 1 : tileRows;
        const a = pointer(args, 0) + <usize>row * aRow + <usize>i * aStep;
        const c = pointer(args, 6) + <usize>row * cRow + ((<usize>panel) << 5);
        place(count, turned, a, aRow, aStep, b, bStep, depth, c, cRow, live, alpha, bias, keep, scratch);
        row += count;
      }
    }
  }
}
