// C = alpha · op(A)·op(B) + bias (+ C): the kernel that training spends its time in.
// A chunk is some rows and some panels (eight columns) of C. K is cut into blocks: of each, the chunk's panels of B are packed
// into strips in scratch memory (the second-level cache), and blocks of A's rows pass by, a strip staying in the first level.
import { arg, number, pointer } from './core.as';
import { stripOfRows, stripsOfColumns } from './strips.as';
import { place, rowsNext } from './tile.as';

/** Scratch memory: the tile's own part, the strips, then a place for rows that are unpacked first. */
// @ts-ignore: decorator
@inline
const stripsAt: usize = 256, stagingAt: usize = 256 + 131072;

/**
 * Arguments: A, bytes between its rows, bytes between its k, B, bytes between its rows as stored, its scales, scales a row,
 * its format (unpack.as.ts), how it is read (0: strips of B [k, n], 1: strips of B [n, k], 2: f32 [k, n] as it lies), C,
 * bias (0: none), m, n, k, rows a chunk, panels a chunk, chunks of rows, accumulate, k a block, rows that pass by at once;
 * alpha.
 */
export function matmul(args: usize, chunk: i32, scratch: usize): void {
  const a = pointer(args, 0);
  const aRow = pointer(args, 1);
  const aStep = pointer(args, 2);
  const b = pointer(args, 3);
  const rowBytes = pointer(args, 4);
  const scales = pointer(args, 5);
  const groups = arg(args, 6);
  const format = arg(args, 7);
  const reading = arg(args, 8);
  const m = arg(args, 11);
  const n = arg(args, 12);
  const k = arg(args, 13);
  const rowChunks = arg(args, 16);
  const perBlock = arg(args, 18);
  const rowStep = arg(args, 19);
  const turned = aRow == 4 && aStep != 4;
  const alpha = f32x4.splat(number(args, 0));
  const cRow = (<usize>n) << 2;
  const firstRow = (chunk % rowChunks) * arg(args, 14);
  const lastRow = min(m, firstRow + arg(args, 14));
  const firstPanel = (chunk / rowChunks) * arg(args, 15);
  const lastPanel = min((n + 7) >> 3, firstPanel + arg(args, 15));
  const direct = reading == 2;
  const stripBytes = direct ? 32 : <usize>min(perBlock, k) << 5;
  const strips = direct ? b + (<usize>firstPanel << 5) : scratch + stripsAt;
  const bStep = direct ? rowBytes : 32;
  for (let i = 0; i < k || i == 0; i += perBlock) {
    const depth = min(perBlock, k - i);
    if (reading == 1) {
      for (let panel = firstPanel; panel < lastPanel; panel++) {
        const strip = strips + <usize>(panel - firstPanel) * stripBytes;
        stripOfRows(format, b, rowBytes, scales, groups, panel << 3, n - (panel << 3), i, depth, strip, scratch + stagingAt);
      }
    } else if (!direct) {
      const panels = lastPanel - firstPanel;
      stripsOfColumns(format, b, rowBytes, scales, groups, firstPanel << 3, panels, i, depth, strips, stripBytes, scratch + stagingAt);
    }
    const from = direct ? strips + <usize>i * rowBytes : strips;
    const keep = i > 0 || arg(args, 17) != 0;
    for (let begin = firstRow; begin < lastRow; begin += rowStep) {
      const end = min(lastRow, begin + rowStep);
      for (let panel = firstPanel; panel < lastPanel; panel++) {
        const strip = from + <usize>(panel - firstPanel) * stripBytes;
        const bias = i == 0 && pointer(args, 10) != 0 ? pointer(args, 10) + ((<usize>panel) << 5) : 0;
        const live = n - (panel << 3);
        let row = begin;
        while (row < end) {
          const count = rowsNext(end - row, turned || direct);
          const at = a + <usize>row * aRow + <usize>i * aStep;
          const c = pointer(args, 9) + <usize>row * cRow + ((<usize>panel) << 5);
          place(count, turned, at, aRow, aStep, strip, bStep, depth, c, cRow, live, alpha, bias, keep, scratch);
          row += count;
        }
      }
    }
  }
}
