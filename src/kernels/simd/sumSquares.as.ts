// Σ x² in a fixed order: each chunk in double into its own place, then the places one after another.
import { arg, pointer } from './core.as';

/** partial[chunk] ← Σ x² of the chunk. Arguments: x, partial (f64), elements, elements a chunk. */
export function sumSquares(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 3);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 2) - first);
  const x = pointer(args, 0) + (first << 2);
  const end = count << 2;
  const wide = (count & ~3) << 2;
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i: usize = 0;
  for (; i < wide; i += 16) {
    const value = v128.load(x + i);
    const a = f64x2.promote_low_f32x4(value);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < end; i += 4) {
    const value = <f64>load<f32>(x + i);
    sum += value * value;
  }
  store<f64>(pointer(args, 1) + ((<usize>chunk) << 3), sum);
}

/** out[0] ← Σ partial. Arguments: partial (f64), out, count. */
export function sumPartials(args: usize, _chunk: i32): void {
  const partial = pointer(args, 0);
  const count = <usize>arg(args, 2);
  let sum: f64 = 0;
  for (let i: usize = 0; i < count; i++) sum += load<f64>(partial + (i << 3));
  store<f32>(pointer(args, 1), <f32>sum);
}
