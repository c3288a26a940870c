// SwiGLU: y = silu(gate)·up with silu(x) = x/(1 + e^(−x)), and its gradient.
import { arg, exp1, exp4, madd, pointer, unlessFaint1, unlessFaint4 } from './core.as';

/** σ(x) = 1/(1 + e^(−x)), 0 where that is too faint: a gate may be shut so far that all behind it would be denormal. */
// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  return unlessFaint4(f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x)))));
}

/** The same of one number. */
// @ts-ignore: decorator
@inline
function sigmoid1(x: f32): f32 {
  return unlessFaint1(1 / (1 + exp1(-x)));
}

/** Arguments: gate, up, y, elements, elements a chunk. */
export function swiglu(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 4);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 3) - first);
  const gate = pointer(args, 0) + (first << 2);
  const up = pointer(args, 1) + (first << 2);
  const y = pointer(args, 2) + (first << 2);
  const end = count << 2;
  const wide = (count & ~3) << 2;
  let i: usize = 0;
  for (; i < wide; i += 16) {
    const x = v128.load(gate + i);
    v128.store(y + i, f32x4.mul(f32x4.mul(x, sigmoid4(x)), v128.load(up + i)));
  }
  for (; i < end; i += 4) {
    const x = load<f32>(gate + i);
    store<f32>(y + i, x * sigmoid1(x) * load<f32>(up + i));
  }
}

/**
 * With σ = 1/(1 + e^(−gate)): dUp = dy·gate·σ, dGate = dy·up·σ·(1 + gate·(1 − σ)); too faint ones are 0 ({@link unlessFaint4}).
 * Arguments: dy, gate, up, dGate, dUp, elements, elements a chunk.
 */
export function swigluBackward(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 6);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 5) - first);
  const dy = pointer(args, 0) + (first << 2);
  const gate = pointer(args, 1) + (first << 2);
  const up = pointer(args, 2) + (first << 2);
  const dGate = pointer(args, 3) + (first << 2);
  const dUp = pointer(args, 4) + (first << 2);
  const one = f32x4.splat(1);
  const end = count << 2;
  const wide = (count & ~3) << 2;
  let i: usize = 0;
  for (; i < wide; i += 16) {
    const x = v128.load(gate + i);
    const sigmoid = sigmoid4(x);
    const scaled = f32x4.mul(v128.load(dy + i), sigmoid);
    v128.store(dUp + i, unlessFaint4(f32x4.mul(scaled, x)));
    const slope = madd(x, f32x4.sub(one, sigmoid), one);
    v128.store(dGate + i, unlessFaint4(f32x4.mul(f32x4.mul(scaled, v128.load(up + i)), slope)));
  }
  for (; i < end; i += 4) {
    const x = load<f32>(gate + i);
    const sigmoid = sigmoid1(x);
    const scaled = load<f32>(dy + i) * sigmoid;
    store<f32>(dUp + i, unlessFaint1(scaled * x));
    store<f32>(dGate + i, unlessFaint1(scaled * load<f32>(up + i) * (1 + x * (1 - sigmoid))));
  }
}
