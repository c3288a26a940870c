// Online cross-entropy over blocks of columns. State of a row: (max, Σ e^(z−max), target's logit, column of the max).
import { arg, at, exp1, exp4, max4, number, pointer, sum4 } from './core.as';

/** Arguments: logits, targets, state, rows, columns, first column, rows a chunk. */
export function crossEntropy(args: usize, chunk: i32): void {
  const columns = arg(args, 4);
  const firstColumn = arg(args, 5);
  const per = arg(args, 6);
  const last = min(arg(args, 3), (chunk + 1) * per);
  const wide = columns & ~3;
  for (let row = chunk * per; row < last; row++) {
    const logits = pointer(args, 0) + ((<usize>row * <usize>columns) << 2);
    const state = pointer(args, 2) + ((<usize>row) << 4);
    const seen = load<f32>(state);
    let lanes = f32x4.splat(seen);
    let j = 0;
    for (; j < wide; j += 4) lanes = f32x4.pmax(lanes, v128.load(at(logits, j)));
    let highest = max4(lanes);
    for (; j < columns; j++) highest = max<f32>(highest, load<f32>(at(logits, j)));
    if (highest != seen) {
      let column = 0;
      while (column < columns && load<f32>(at(logits, column)) != highest) column++;
      if (column < columns) store<f32>(state, <f32>(firstColumn + column), 12);
    }
    const shift = f32x4.splat(highest);
    let sums = f32x4.splat(0);
    for (j = 0; j < wide; j += 4) sums = f32x4.add(sums, exp4(f32x4.sub(v128.load(at(logits, j)), shift)));
    let sum = sum4(sums);
    for (; j < columns; j++) sum += exp1(load<f32>(at(logits, j)) - highest);
    store<f32>(state, load<f32>(state, 4) * exp1(seen - highest) + sum, 4);
    store<f32>(state, highest);
    const target = load<i32>(at(pointer(args, 1), row)) - firstColumn;
    if (<u32>target < <u32>columns) store<f32>(state, load<f32>(at(logits, target)), 8);
  }
}

/**
 * logits ← scale·softmax − picked·onehot − every. Arguments: logits, targets, state, rows, columns, first column, rows a chunk;
 * scale, picked, every.
 */
export function crossEntropyBackward(args: usize, chunk: i32): void {
  const columns = arg(args, 4);
  const per = arg(args, 6);
  const scale = number(args, 0);
  const every = number(args, 2);
  const last = min(arg(args, 3), (chunk + 1) * per);
  const wide = columns & ~3;
  for (let row = chunk * per; row < last; row++) {
    const logits = pointer(args, 0) + ((<usize>row * <usize>columns) << 2);
    const state = pointer(args, 2) + ((<usize>row) << 4);
    const highest = load<f32>(state);
    const factor: f32 = scale / load<f32>(state, 4);
    const shift = f32x4.splat(highest);
    const factors = f32x4.splat(factor);
    const everywhere = f32x4.splat(every);
    let j = 0;
    for (; j < wide; j += 4)
      v128.store(
        at(logits, j),
        f32x4.sub(f32x4.mul(exp4(f32x4.sub(v128.load(at(logits, j)), shift)), factors), everywhere),
      );
    for (; j < columns; j++) store<f32>(at(logits, j), exp1(load<f32>(at(logits, j)) - highest) * factor - every);
    const target = load<i32>(at(pointer(args, 1), row)) - arg(args, 5);
    if (<u32>target < <u32>columns) store<f32>(at(logits, target), load<f32>(at(logits, target)) - number(args, 1));
  }
}
