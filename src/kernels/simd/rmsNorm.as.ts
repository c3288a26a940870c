// RMSNorm after an optional residual, and its gradient. One row at a time; sums in four lanes, then lane by lane.
import { arg, at, madd, number, pointer, unlessFaint1, unlessFaint4, sum4 } from './core.as';

/**
 * h = x + residual; rstd = 1/√(mean(h²) + eps); y = h·rstd·weight.
 * Arguments: x, residual (0: none), weight, y, h, rstd, rows, width, rows a chunk; eps.
 */
export function rmsNorm(args: usize, chunk: i32): void {
  const residual = pointer(args, 1);
  const weight = pointer(args, 2);
  const width = arg(args, 7);
  const per = arg(args, 8);
  const last = min(arg(args, 6), (chunk + 1) * per);
  const wide = width & ~3;
  for (let row = chunk * per; row < last; row++) {
    const start = (<usize>row * <usize>width) << 2;
    const x = pointer(args, 0) + start;
    const y = pointer(args, 3) + start;
    let h = x;
    if (residual != 0) {
      h = pointer(args, 4) + start;
      const r = residual + start;
      let j = 0;
      for (; j < wide; j += 4) v128.store(at(h, j), f32x4.add(v128.load(at(x, j)), v128.load(at(r, j))));
      for (; j < width; j++) store<f32>(at(h, j), load<f32>(at(x, j)) + load<f32>(at(r, j)));
    }
    let squares = f32x4.splat(0);
    let j = 0;
    for (; j < wide; j += 4) {
      const value = v128.load(at(h, j));
      squares = madd(value, value, squares);
    }
    let sum = sum4(squares);
    for (; j < width; j++) sum += load<f32>(at(h, j)) * load<f32>(at(h, j));
    const rstd: f32 = 1 / sqrt<f32>(sum / <f32>width + number(args, 0));
    store<f32>(at(pointer(args, 5), row), rstd);
    const scale = f32x4.splat(rstd);
    for (j = 0; j < wide; j += 4)
      v128.store(at(y, j), f32x4.mul(f32x4.mul(v128.load(at(h, j)), scale), v128.load(at(weight, j))));
    for (; j < width; j++) store<f32>(at(y, j), load<f32>(at(h, j)) * rstd * load<f32>(at(weight, j)));
  }
}

/**
 * dh = rstd·(dy·w − ĥ·mean(dy·w·ĥ)) + dResidual, ĥ = h·rstd; too faint ones are 0 ({@link unlessFaint4}).
 * Arguments: dy, h, weight, rstd, dResidual (0: none), dh, rows, width, rows a chunk.
 */
export function rmsNormBackward(args: usize, chunk: i32): void {
  const weight = pointer(args, 2);
  const residual = pointer(args, 4);
  const width = arg(args, 7);
  const per = arg(args, 8);
  const last = min(arg(args, 6), (chunk + 1) * per);
  const wide = width & ~3;
  for (let row = chunk * per; row < last; row++) {
    const start = (<usize>row * <usize>width) << 2;
    const dy = pointer(args, 0) + start;
    const h = pointer(args, 1) + start;
    const dh = pointer(args, 5) + start;
    const rstd = load<f32>(at(pointer(args, 3), row));
    let products = f32x4.splat(0);
    let j = 0;
    for (; j < wide; j += 4) {
      const dyw = f32x4.mul(v128.load(at(dy, j)), v128.load(at(weight, j)));
      products = madd(dyw, v128.load(at(h, j)), products);
    }
    let sum = sum4(products);
    for (; j < width; j++) sum += load<f32>(at(dy, j)) * load<f32>(at(weight, j)) * load<f32>(at(h, j));
    // ĥ·mean(dy·w·ĥ) = h·(rstd²·Σ dy·w·h / width)
    const pull: f32 = (sum / <f32>width) * rstd * rstd;
    const scale = f32x4.splat(rstd);
    const pulls = f32x4.splat(-pull);
    for (j = 0; j < wide; j += 4) {
      const dyw = f32x4.mul(v128.load(at(dy, j)), v128.load(at(weight, j)));
      let value = f32x4.mul(madd(v128.load(at(h, j)), pulls, dyw), scale);
      if (residual != 0) value = f32x4.add(value, v128.load(at(residual + start, j)));
      v128.store(at(dh, j), unlessFaint4(value));
    }
    for (; j < width; j++) {
      let value: f32 = (load<f32>(at(dy, j)) * load<f32>(at(weight, j)) - load<f32>(at(h, j)) * pull) * rstd;
      if (residual != 0) value += load<f32>(at(residual + start, j));
      store<f32>(at(dh, j), unlessFaint1(value));
    }
  }
}
