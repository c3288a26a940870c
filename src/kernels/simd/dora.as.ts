// What DoRA (Liu et al. 2024) adds to a LoRA module: lengths of rows, and products by column.
import { arg, at, madd, number, pointer, sum4 } from './core.as';

/** y[row] = Σ x². Arguments: x, y, rows, width, rows a chunk. */
export function rowSquares(args: usize, chunk: i32): void {
  const width = arg(args, 3);
  const per = arg(args, 4);
  const last = min(arg(args, 2), (chunk + 1) * per);
  const wide = width & ~3;
  for (let row = chunk * per; row < last; row++) {
    const x = pointer(args, 0) + ((<usize>row * <usize>width) << 2);
    let squares = f32x4.splat(0);
    let j = 0;
    for (; j < wide; j += 4) {
      const value = v128.load(at(x, j));
      squares = madd(value, value, squares);
    }
    let sum = sum4(squares);
    for (; j < width; j++) sum += load<f32>(at(x, j)) * load<f32>(at(x, j));
    store<f32>(at(pointer(args, 1), row), sum);
  }
}

/**
 * norms = √(squares + s·Σ_r b·(2·wa + s·bg)), factors = m/norms; b, bg [out, rank], wa [rank, out].
 * Arguments: squares, b, wa, bg, m, norms, factors, out, rank, outputs a chunk; s.
 */
export function doraNorms(args: usize, chunk: i32): void {
  const outputs = arg(args, 7);
  const rank = arg(args, 8);
  const per = arg(args, 9);
  const scale = number(args, 0);
  const last = min(outputs, (chunk + 1) * per);
  for (let o = chunk * per; o < last; o++) {
    const b = at(pointer(args, 1), o * rank);
    const bg = at(pointer(args, 3), o * rank);
    const wa = at(pointer(args, 2), o);
    let sum: f32 = 0;
    for (let r = 0; r < rank; r++)
      sum += load<f32>(at(b, r)) * (2 * load<f32>(at(wa, r * outputs)) + scale * load<f32>(at(bg, r)));
    const norm = sqrt<f32>(max<f32>(0, load<f32>(at(pointer(args, 0), o)) + scale * sum));
    store<f32>(at(pointer(args, 5), o), norm);
    const m = load<f32>(at(pointer(args, 4), o));
    store<f32>(at(pointer(args, 6), o), m == norm ? 1 : m / norm);
  }
}

/**
 * y = x·(factor − less) + bias, by column; into: added to y.
 * Arguments: x, factor, bias (0: none), y, rows, width, rows a chunk, into (0 or 1); less.
 */
export function scaleColumns(args: usize, chunk: i32): void {
  const factor = pointer(args, 1);
  const bias = pointer(args, 2);
  const width = arg(args, 5);
  const per = arg(args, 6);
  const into = arg(args, 7) != 0;
  const last = min(arg(args, 4), (chunk + 1) * per);
  const wide = width & ~3;
  const less = f32x4.splat(number(args, 0));
  for (let row = chunk * per; row < last; row++) {
    const start = (<usize>row * <usize>width) << 2;
    const x = pointer(args, 0) + start;
    const y = pointer(args, 3) + start;
    let j = 0;
    for (; j < wide; j += 4) {
      let value = f32x4.mul(v128.load(at(x, j)), f32x4.sub(v128.load(at(factor, j)), less));
      if (bias != 0) value = f32x4.add(value, v128.load(at(bias, j)));
      if (into) value = f32x4.add(value, v128.load(at(y, j)));
      v128.store(at(y, j), value);
    }
    for (; j < width; j++) {
      let value = load<f32>(at(x, j)) * (load<f32>(at(factor, j)) - number(args, 0));
      if (bias != 0) value += load<f32>(at(bias, j));
      if (into) value += load<f32>(at(y, j));
      store<f32>(at(y, j), value);
    }
  }
}

/**
 * target[column] += Σ over rows of x·y / divisor[column], one row after the other.
 * Arguments: target, x, y, divisor, rows, width, columns a chunk (a multiple of 16).
 */
export function columnDots(args: usize, chunk: i32): void {
  const target = pointer(args, 0);
  const divisor = pointer(args, 3);
  const rows = arg(args, 4);
  const width = arg(args, 5);
  const per = arg(args, 6);
  const last = min(width, (chunk + 1) * per);
  const bytes = <usize>width << 2;
  let j = chunk * per;
  for (; j + 16 <= last; j += 16) {
    let x = at(pointer(args, 1), j);
    let y = at(pointer(args, 2), j);
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let row = 0; row < rows; row++) {
      sum0 = madd(v128.load(x), v128.load(y), sum0);
      sum1 = madd(v128.load(x, 16), v128.load(y, 16), sum1);
      sum2 = madd(v128.load(x, 32), v128.load(y, 32), sum2);
      sum3 = madd(v128.load(x, 48), v128.load(y, 48), sum3);
      x += bytes;
      y += bytes;
    }
    addQuotient(at(target, j), sum0, at(divisor, j));
    addQuotient(at(target, j + 4), sum1, at(divisor, j + 4));
    addQuotient(at(target, j + 8), sum2, at(divisor, j + 8));
    addQuotient(at(target, j + 12), sum3, at(divisor, j + 12));
  }
  for (; j < last; j++) {
    let x = at(pointer(args, 1), j);
    let y = at(pointer(args, 2), j);
    let sum: f32 = 0;
    for (let row = 0; row < rows; row++) {
      sum += load<f32>(x) * load<f32>(y);
      x += bytes;
      y += bytes;
    }
    store<f32>(at(target, j), load<f32>(at(target, j)) + sum / load<f32>(at(divisor, j)));
  }
}

// @ts-ignore: decorator
@inline
function addQuotient(target: usize, sum: v128, divisor: usize): void {
  v128.store(target, f32x4.add(v128.load(target), f32x4.div(sum, v128.load(divisor))));
}
