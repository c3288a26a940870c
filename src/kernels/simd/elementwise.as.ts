// add, addInto, fill, copy: one pass over memory, a block of elements to a chunk.
import { arg, number, pointer } from './core.as';

/** out ← a + b. Arguments: a, b, out, elements, elements a chunk. `out` may be a. */
export function add(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 4);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 3) - first);
  const a = pointer(args, 0) + (first << 2);
  const b = pointer(args, 1) + (first << 2);
  const out = pointer(args, 2) + (first << 2);
  const end = count << 2;
  const wide = (count & ~3) << 2;
  let i: usize = 0;
  for (; i < wide; i += 16) v128.store(out + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  for (; i < end; i += 4) store<f32>(out + i, load<f32>(a + i) + load<f32>(b + i));
}

/** out ← value. Arguments: out, elements, elements a chunk; value. */
export function fill(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 2);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 1) - first);
  const out = pointer(args, 0) + (first << 2);
  const value = number(args, 0);
  const lanes = f32x4.splat(value);
  const end = count << 2;
  const wide = (count & ~3) << 2;
  let i: usize = 0;
  for (; i < wide; i += 16) v128.store(out + i, lanes);
  for (; i < end; i += 4) store<f32>(out + i, value);
}

/** out ← source. Arguments: source, out, elements, elements a chunk. */
export function copy(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 3);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 2) - first);
  memory.copy(pointer(args, 1) + (first << 2), pointer(args, 0) + (first << 2), count << 2);
}
