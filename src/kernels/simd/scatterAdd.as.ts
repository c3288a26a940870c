// The gradient of gatherRows: rows of equal number summed in order into the row of the table.
import { arg, at, pointer } from './core.as';

/**
 * target[row] += Σ x[order[i]], i from first to end − 1, for each segment (row, first, end).
 * Arguments: target, x, order, segments, segment count, width, segments a chunk.
 */
export function scatterAddRows(args: usize, chunk: i32): void {
  const segments = pointer(args, 3);
  const width = arg(args, 5);
  const per = arg(args, 6);
  const last = min(arg(args, 4), (chunk + 1) * per);
  const wide = width & ~3;
  for (let segment = chunk * per; segment < last; segment++) {
    const target = pointer(args, 0) + ((<usize>load<i32>(at(segments, 3 * segment)) * <usize>width) << 2);
    const end = load<i32>(at(segments, 3 * segment + 2));
    for (let index = load<i32>(at(segments, 3 * segment + 1)); index < end; index++) {
      const row = load<i32>(at(pointer(args, 2), index));
      const x = pointer(args, 1) + ((<usize>row * <usize>width) << 2);
      let j = 0;
      for (; j < wide; j += 4) v128.store(at(target, j), f32x4.add(v128.load(at(target, j)), v128.load(at(x, j))));
      for (; j < width; j++) store<f32>(at(target, j), load<f32>(at(target, j)) + load<f32>(at(x, j)));
    }
  }
}
