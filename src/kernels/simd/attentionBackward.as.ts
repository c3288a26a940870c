// The gradient of attention in two passes without conflicts: by query row (dq, and D = Σ dO·o), then by key row (dk, dv).
// Probabilities are computed again from lse: p = e^(scale·q·k − lse), ds = p·(dO·v − D)·scale.
import { arg, at, exp4, number, pointer } from './core.as';
import { dot, dots, weighted } from './rows.as';

// @ts-ignore: decorator
@inline
const block: i32 = 2048;

/**
 * Arguments: dO, q, k, v, o, lse, keyRange, dq, D, rows, heads, kvHeads, head size, rows a chunk, chunks of rows, keys; scale.
 */
export function attentionBackwardQ(args: usize, chunk: i32, scratch: usize): void {
  const heads = arg(args, 10);
  const kvHeads = arg(args, 11);
  const size = arg(args, 12);
  const per = arg(args, 13);
  const rowChunks = arg(args, 14);
  const keys = arg(args, 15);
  const scale = f32x4.splat(number(args, 0));
  const head = chunk / rowChunks;
  const headBytes = <usize>size << 2;
  const qStride = <usize>heads * headBytes;
  const kvStride = <usize>kvHeads * headBytes;
  const kvHead = <usize>(head / (heads / kvHeads)) * headBytes;
  const k = pointer(args, 2) + kvHead;
  const v = pointer(args, 3) + kvHead;
  const second = scratch + (<usize>block << 2);
  const first = (chunk % rowChunks) * per;
  const last = min(arg(args, 9), first + per);
  for (let row = first; row < last; row++) {
    const range = pointer(args, 6) + (<usize>row << 3);
    const begin = max(load<i32>(range), 0);
    const end = min(load<i32>(range, 4), keys);
    const place = <usize>row * qStride + <usize>head * headBytes;
    const dO = pointer(args, 0) + place;
    const q = pointer(args, 1) + place;
    const dq = pointer(args, 7) + place;
    const delta = dot(dO, pointer(args, 4) + place, size);
    store<f32>(at(pointer(args, 8), row * heads + head), delta);
    if (end <= begin) {
      memory.fill(dq, 0, headBytes);
      continue;
    }
    const lse = f32x4.splat(load<f32>(at(pointer(args, 5), row * heads + head)));
    for (let from = begin; from < end; from += block) {
      const count = min(block, end - from);
      dots(scratch, q, k + <usize>from * kvStride, kvStride, count, size);
      dots(second, dO, v + <usize>from * kvStride, kvStride, count, size);
      // Lanes past `count` hold what was there before: computed, never used.
      for (let j = 0; j < count; j += 4) {
        const p = exp4(f32x4.sub(f32x4.mul(v128.load(at(scratch, j)), scale), lse));
        const ds = f32x4.mul(p, f32x4.sub(v128.load(at(second, j)), f32x4.splat(delta)));
        v128.store(at(scratch, j), f32x4.mul(ds, scale));
      }
      weighted(dq, from == begin ? 0 : 1, scratch, k + <usize>from * kvStride, kvStride, count, size);
    }
  }
}

/**
 * Arguments: dO, q, k, v, lse, keyRange, queryRange, D, dk, dv, query rows, keys, heads, kvHeads, head size, keys a chunk,
 * chunks of keys; scale. A chunk is some keys of one key-value head.
 */
export function attentionBackwardKV(args: usize, chunk: i32, scratch: usize): void {
  const rows = arg(args, 10);
  const heads = arg(args, 12);
  const kvHeads = arg(args, 13);
  const size = arg(args, 14);
  const per = arg(args, 15);
  const keyChunks = arg(args, 16);
  const scale = f32x4.splat(number(args, 0));
  const kvHead = chunk / keyChunks;
  const group = heads / kvHeads;
  const headBytes = <usize>size << 2;
  const qStride = <usize>heads * headBytes;
  const keyRange = pointer(args, 5);
  const second = scratch + (<usize>block << 2);
  const first = (chunk % keyChunks) * per;
  const last = min(arg(args, 11), first + per);
  for (let key = first; key < last; key++) {
    const place = (<usize>key * <usize>kvHeads + <usize>kvHead) * headBytes;
    const k = pointer(args, 2) + place;
    const v = pointer(args, 3) + place;
    const dk = pointer(args, 8) + place;
    const dv = pointer(args, 9) + place;
    const range = pointer(args, 6) + (<usize>key << 3);
    const begin = max(load<i32>(range), 0);
    const end = min(load<i32>(range, 4), rows);
    memory.fill(dk, 0, headBytes);
    memory.fill(dv, 0, headBytes);
    for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
      for (let from = begin; from < end; from += block) {
        const count = min(block, end - from);
        const q = pointer(args, 1) + <usize>from * qStride + <usize>head * headBytes;
        const dO = pointer(args, 0) + <usize>from * qStride + <usize>head * headBytes;
        dots(scratch, k, q, qStride, count, size);
        dots(second, v, dO, qStride, count, size);
        let lse = at(pointer(args, 4), from * heads + head);
        let delta = at(pointer(args, 7), from * heads + head);
        const step = <usize>heads << 2;
        for (let j = 0; j < count; j += 4) {
          // The last group of four reads its own last row again rather than past the end.
          const s1 = j + 1 < count ? step : 0;
          const s2 = j + 2 < count ? s1 + step : s1;
          const s3 = j + 3 < count ? s2 + step : s2;
          const lses = f32x4(load<f32>(lse), load<f32>(lse + s1), load<f32>(lse + s2), load<f32>(lse + s3));
          const deltas = f32x4(load<f32>(delta), load<f32>(delta + s1), load<f32>(delta + s2), load<f32>(delta + s3));
          lse += step << 2;
          delta += step << 2;
          const p = exp4(f32x4.sub(f32x4.mul(v128.load(at(scratch, j)), scale), lses));
          const ds = f32x4.mul(f32x4.mul(p, f32x4.sub(v128.load(at(second, j)), deltas)), scale);
          v128.store(at(second, j), ds);
          v128.store(at(scratch, j), p);
        }
        // queryRange may hold more rows than see the key: keyRange decides.
        for (let j = 0; j < count; j++) {
          const seen = keyRange + (<usize>(from + j) << 3);
          if (key < load<i32>(seen) || key >= load<i32>(seen, 4)) {
            store<f32>(at(scratch, j), 0);
            store<f32>(at(second, j), 0);
          }
        }
        weighted(dv, 1, scratch, dO, qStride, count, size);
        weighted(dk, 1, second, q, qStride, count, size);
      }
    }
  }
}
