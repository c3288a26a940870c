// attention.as.ts for a few query rows against many keys (decoding): row by row, nothing packed.
// Online over blocks of keys (Dao et al. 2022), so that any number of keys fits the scratch memory.
import { arg, at, exp1, exp4, ln, max4, number, pointer, sum4 } from './core.as';
import { dots, weighted } from './rows.as';

// @ts-ignore: decorator
@inline
const block: i32 = 2048;

/**
 * Arguments: q, k, v, keyRange, o, lse, rows, heads, kvHeads, head size, rows a chunk, chunks of rows, keys; scale.
 * A chunk is some rows of one head.
 */
export function attentionRow(args: usize, chunk: i32, scratch: usize): void {
  const heads = arg(args, 7);
  const kvHeads = arg(args, 8);
  const size = arg(args, 9);
  const per = arg(args, 10);
  const rowChunks = arg(args, 11);
  const keys = arg(args, 12);
  const scale = number(args, 0);
  const head = chunk / rowChunks;
  const headBytes = <usize>size << 2;
  const qStride = <usize>heads * headBytes;
  const kvStride = <usize>kvHeads * headBytes;
  const kvHead = <usize>(head / (heads / kvHeads)) * headBytes;
  const k = pointer(args, 1) + kvHead;
  const v = pointer(args, 2) + kvHead;
  const first = (chunk % rowChunks) * per;
  const last = min(arg(args, 6), first + per);
  for (let row = first; row < last; row++) {
    const range = pointer(args, 3) + (<usize>row << 3);
    const begin = max(load<i32>(range), 0);
    const end = min(load<i32>(range, 4), keys);
    const q = pointer(args, 0) + <usize>row * qStride + <usize>head * headBytes;
    const o = pointer(args, 4) + <usize>row * qStride + <usize>head * headBytes;
    const lse = at(pointer(args, 5), row * heads + head);
    if (end <= begin) {
      memory.fill(o, 0, headBytes);
      store<f32>(lse, 0);
      continue;
    }
    let highest: f32 = -f32.MAX_VALUE;
    let sum: f32 = 0;
    for (let from = begin; from < end; from += block) {
      const count = min(block, end - from);
      dots(scratch, q, k + <usize>from * kvStride, kvStride, count, size);
      const padded = (count + 3) & ~3;
      for (let j = count; j < padded; j++) store<f32>(at(scratch, j), -f32.MAX_VALUE);
      let lanes = f32x4.splat(highest);
      // −MAX times a scale above 1 would be −∞, which is as good: it never wins and its exponential is 0.
      for (let j = 0; j < padded; j += 4) {
        const scores = f32x4.mul(v128.load(at(scratch, j)), f32x4.splat(scale));
        v128.store(at(scratch, j), scores);
        lanes = f32x4.pmax(lanes, scores);
      }
      const risen = max4(lanes);
      const factor: f32 = from == begin ? 0 : exp1(highest - risen);
      highest = risen;
      let sums = f32x4.splat(0);
      for (let j = 0; j < padded; j += 4) {
        const p = exp4(f32x4.sub(v128.load(at(scratch, j)), f32x4.splat(highest)));
        v128.store(at(scratch, j), p);
        sums = f32x4.add(sums, p);
      }
      sum = sum * factor + sum4(sums);
      weighted(o, factor, scratch, v + <usize>from * kvStride, kvStride, count, size);
    }
    const inverse: f32 = 1 / sum;
    let i = 0;
    for (; i + 4 <= size; i += 4) v128.store(at(o, i), f32x4.mul(v128.load(at(o, i)), f32x4.splat(inverse)));
    for (; i < size; i++) store<f32>(at(o, i), load<f32>(at(o, i)) * inverse);
    store<f32>(lse, highest + ln(sum));
  }
}
