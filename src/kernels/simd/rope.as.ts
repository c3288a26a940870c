// Rotary positions in the half-split layout, in place.
import { arg, at, madd, number, pointer } from './core.as';

/**
 * (x_j, x_{j+K/2}) ← (x_j·cos − x_{j+K/2}·sin, x_{j+K/2}·cos + x_j·sin), the sine's sign turned by `sign`.
 * Arguments: x, cos, sin, positions, rows, heads, K/2, rows a chunk; sign.
 */
export function rope(args: usize, chunk: i32): void {
  const heads = arg(args, 5);
  const half = arg(args, 6);
  const per = arg(args, 7);
  const sign = number(args, 0);
  const last = min(arg(args, 4), (chunk + 1) * per);
  const wide = half & ~3;
  const headBytes = (<usize>half) << 3;
  for (let row = chunk * per; row < last; row++) {
    const turn = (<usize>load<i32>(at(pointer(args, 3), row)) * <usize>half) << 2;
    const cos = pointer(args, 1) + turn;
    const sin = pointer(args, 2) + turn;
    let lower = pointer(args, 0) + <usize>row * <usize>heads * headBytes;
    for (let head = 0; head < heads; head++) {
      const upper = lower + ((<usize>half) << 2);
      let j = 0;
      for (; j < wide; j += 4) {
        const c = v128.load(at(cos, j));
        const s = f32x4.mul(v128.load(at(sin, j)), f32x4.splat(sign));
        const a = v128.load(at(lower, j));
        const b = v128.load(at(upper, j));
        v128.store(at(lower, j), f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(at(upper, j), madd(b, c, f32x4.mul(a, s)));
      }
      for (; j < half; j++) {
        const c = load<f32>(at(cos, j));
        const s = load<f32>(at(sin, j)) * sign;
        const a = load<f32>(at(lower, j));
        const b = load<f32>(at(upper, j));
        store<f32>(at(lower, j), a * c - b * s);
        store<f32>(at(upper, j), b * c + a * s);
      }
      lower += headBytes;
    }
  }
}
