// Two loops that attention is made of: one row against many (dot products), and many rows summed with weights.
import { at, madd, sum4, sums4 } from './core.as';

/** out[i] = a · b_i for i < count; b_i are `size` elements, `stride` bytes apart. */
export function dots(out: usize, a: usize, b: usize, stride: usize, count: i32, size: i32): void {
  const bytes = (<usize>size) << 2;
  const wide = (<usize>(size & ~3)) << 2;
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const b0 = b + <usize>j * stride;
    const b1 = b0 + stride;
    const b2 = b1 + stride;
    const b3 = b2 + stride;
    let s0 = f32x4.splat(0),
      s1 = f32x4.splat(0),
      s2 = f32x4.splat(0),
      s3 = f32x4.splat(0);
    let i: usize = 0;
    for (; i < wide; i += 16) {
      const x = v128.load(a + i);
      s0 = madd(x, v128.load(b0 + i), s0);
      s1 = madd(x, v128.load(b1 + i), s1);
      s2 = madd(x, v128.load(b2 + i), s2);
      s3 = madd(x, v128.load(b3 + i), s3);
    }
    let sums = sums4(s0, s1, s2, s3);
    for (; i < bytes; i += 4) {
      const lanes = f32x4(load<f32>(b0 + i), load<f32>(b1 + i), load<f32>(b2 + i), load<f32>(b3 + i));
      sums = madd(v128.load32_splat(a + i), lanes, sums);
    }
    v128.store(at(out, j), sums);
  }
  for (; j < count; j++) {
    const row = b + <usize>j * stride;
    let s = f32x4.splat(0);
    let i: usize = 0;
    for (; i < wide; i += 16) s = madd(v128.load(a + i), v128.load(row + i), s);
    let sum = sum4(s);
    for (; i < bytes; i += 4) sum += load<f32>(a + i) * load<f32>(row + i);
    store<f32>(at(out, j), sum);
  }
}

/** out ← factor·out + Σ weight_j · b_j; with factor 0 what `out` held is not read. */
export function weighted(
  out: usize,
  factor: f32,
  weights: usize,
  b: usize,
  stride: usize,
  count: i32,
  size: i32,
): void {
  const factors = f32x4.splat(factor);
  let i = 0;
  for (; i + 32 <= size; i += 32) {
    let s0 = f32x4.splat(0),
      s1 = s0,
      s2 = s0,
      s3 = s0,
      s4 = s0,
      s5 = s0,
      s6 = s0,
      s7 = s0;
    const target = at(out, i);
    if (factor != 0) {
      s0 = f32x4.mul(v128.load(target), factors);
      s1 = f32x4.mul(v128.load(target, 16), factors);
      s2 = f32x4.mul(v128.load(target, 32), factors);
      s3 = f32x4.mul(v128.load(target, 48), factors);
      s4 = f32x4.mul(v128.load(target, 64), factors);
      s5 = f32x4.mul(v128.load(target, 80), factors);
      s6 = f32x4.mul(v128.load(target, 96), factors);
      s7 = f32x4.mul(v128.load(target, 112), factors);
    }
    let row = at(b, i);
    for (let j = 0; j < count; j++) {
      const x = v128.load32_splat(at(weights, j));
      s0 = madd(x, v128.load(row), s0);
      s1 = madd(x, v128.load(row, 16), s1);
      s2 = madd(x, v128.load(row, 32), s2);
      s3 = madd(x, v128.load(row, 48), s3);
      s4 = madd(x, v128.load(row, 64), s4);
      s5 = madd(x, v128.load(row, 80), s5);
      s6 = madd(x, v128.load(row, 96), s6);
      s7 = madd(x, v128.load(row, 112), s7);
      row += stride;
    }
    v128.store(target, s0);
    v128.store(target, s1, 16);
    v128.store(target, s2, 32);
    v128.store(target, s3, 48);
    v128.store(target, s4, 64);
    v128.store(target, s5, 80);
    v128.store(target, s6, 96);
    v128.store(target, s7, 112);
  }
  for (; i + 4 <= size; i += 4) {
    let s = factor != 0 ? f32x4.mul(v128.load(at(out, i)), factors) : f32x4.splat(0);
    let row = at(b, i);
    for (let j = 0; j < count; j++) {
      s = madd(v128.load32_splat(at(weights, j)), v128.load(row), s);
      row += stride;
    }
    v128.store(at(out, i), s);
  }
  for (; i < size; i++) {
    let s: f32 = factor != 0 ? load<f32>(at(out, i)) * factor : 0;
    for (let j = 0; j < count; j++) s += load<f32>(at(weights, j)) * load<f32>(at(b + <usize>j * stride, i));
    store<f32>(at(out, i), s);
  }
}

/** a · b. */
export function dot(a: usize, b: usize, size: i32): f32 {
  const bytes = (<usize>size) << 2;
  const wide = (<usize>(size & ~3)) << 2;
  let s = f32x4.splat(0);
  let i: usize = 0;
  for (; i < wide; i += 16) s = madd(v128.load(a + i), v128.load(b + i), s);
  let sum = sum4(s);
  for (; i < bytes; i += 4) sum += load<f32>(a + i) * load<f32>(b + i);
  return sum;
}
