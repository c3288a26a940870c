// Sums down the columns of a matrix: each block of rows into a row of its own, then those rows into the target.
import { arg, at, madd, pointer } from './core.as';

/**
 * partial[chunk] ← Σ of the chunk's rows of x, or of x·h·rstd, row by row.
 * Arguments: x, h (0: none), rstd, partial, rows, width, rows a chunk.
 */
export function columnSums(args: usize, chunk: i32): void {
  const hs = pointer(args, 1);
  const width = arg(args, 5);
  const per = arg(args, 6);
  const last = min(arg(args, 4), (chunk + 1) * per);
  const wide = width & ~3;
  const sums = pointer(args, 3) + ((<usize>chunk * <usize>width) << 2);
  memory.fill(sums, 0, (<usize>width) << 2);
  for (let row = chunk * per; row < last; row++) {
    const start = (<usize>row * <usize>width) << 2;
    const x = pointer(args, 0) + start;
    let j = 0;
    if (hs != 0) {
      const h = hs + start;
      const scale = load<f32>(at(pointer(args, 2), row));
      const scales = f32x4.splat(scale);
      for (; j < wide; j += 4) {
        const normed = f32x4.mul(v128.load(at(h, j)), scales);
        v128.store(at(sums, j), madd(v128.load(at(x, j)), normed, v128.load(at(sums, j))));
      }
      for (; j < width; j++)
        store<f32>(at(sums, j), load<f32>(at(sums, j)) + load<f32>(at(x, j)) * (load<f32>(at(h, j)) * scale));
    } else {
      for (; j < wide; j += 4) v128.store(at(sums, j), f32x4.add(v128.load(at(sums, j)), v128.load(at(x, j))));
      for (; j < width; j++) store<f32>(at(sums, j), load<f32>(at(sums, j)) + load<f32>(at(x, j)));
    }
  }
}

/** target += Σ of the rows of partial, in order. Arguments: partial, target, rows, width. One chunk. */
export function addPartialRows(args: usize, _chunk: i32): void {
  const target = pointer(args, 1);
  const rows = arg(args, 2);
  const width = arg(args, 3);
  for (let row = 0; row < rows; row++) {
    const partial = pointer(args, 0) + ((<usize>row * <usize>width) << 2);
    let j = 0;
    for (; j + 4 <= width; j += 4)
      v128.store(at(target, j), f32x4.add(v128.load(at(target, j)), v128.load(at(partial, j))));
    for (; j < width; j++) store<f32>(at(target, j), load<f32>(at(target, j)) + load<f32>(at(partial, j)));
  }
}
