// Dropout by a hash of (seed, element): the same mask forward and backward. lowbias32, as in runtime/dropoutHash.ts.
import { arg, number, pointer } from './core.as';

// @ts-ignore: decorator
@inline
function hash4(index: v128, seed: v128): v128 {
  let x = v128.xor(index, seed);
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/**
 * y = x·scale where hash ≥ threshold, else 0. Arguments: x, y, elements, elements a chunk, mixed seed (seed·0x9e3779b9),
 * threshold (unsigned); scale.
 */
export function dropout(args: usize, chunk: i32): void {
  const per = arg(args, 3);
  const first = chunk * per;
  const count = min(per, arg(args, 2) - first);
  const x = pointer(args, 0) + (<usize>first << 2);
  const y = pointer(args, 1) + (<usize>first << 2);
  const seed = i32x4.splat(arg(args, 4));
  const threshold = i32x4.splat(arg(args, 5));
  const scale = f32x4.splat(number(args, 0));
  let index = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  const end = <usize>count << 2;
  const wide = (<usize>count & ~3) << 2;
  let i: usize = 0;
  for (; i < wide; i += 16) {
    const kept = i32x4.ge_u(hash4(index, seed), threshold);
    v128.store(y + i, v128.and(f32x4.mul(v128.load(x + i), scale), kept));
    index = i32x4.add(index, i32x4.splat(4));
  }
  for (; i < end; i += 4) {
    const kept = i32x4.extract_lane(i32x4.ge_u(hash4(index, seed), threshold), 0);
    store<f32>(y + i, kept ? load<f32>(x + i) * number(args, 0) : <f32>0);
    index = i32x4.add(index, i32x4.splat(1));
  }
}
