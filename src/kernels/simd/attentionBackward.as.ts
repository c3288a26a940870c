// The gradient of attention in two passes without conflicts: by query row (dq, and D = Σ dO·o), then by key row (dk, dv).
// Probabilities are computed again from lse: p = e^(scale·q·k − lse), ds = p·(dO·v − D)·scale, 0 where that is too faint
// (unlessFaint4). Tiles as in attention.as.ts.
import { endOf, firstOf, hidden, keyBlock, scoreRow, scoresAt, zeroOutside } from './attention.as';
import { arg, at, exp4, number, pointer, unlessFaint4 } from './core.as';
import { dot } from './rows.as';
import { place, product, tileRows } from './tile.as';

/**
 * Arguments: dO, q, packed keys, packed values, k, o, lse, keyRange, dq, D, rows, heads, kvHeads, head size, rows a chunk,
 * chunks of rows, keys; scale.
 */
export function attentionBackwardQ(args: usize, chunk: i32, scratch: usize): void {
  const heads = arg(args, 11);
  const kvHeads = arg(args, 12);
  const size = arg(args, 13);
  const keys = arg(args, 16);
  const scale = f32x4.splat(number(args, 0));
  const one = f32x4.splat(1);
  const head = chunk / arg(args, 15);
  const kvHead = head / (heads / kvHeads);
  const headBytes = <usize>size << 2;
  const qStride = <usize>heads * headBytes;
  const kvStride = <usize>kvHeads * headBytes;
  const panelBytes = headBytes << 3;
  const packed = <usize>kvHead * <usize>((keys + 7) >> 3) * panelBytes;
  const k = pointer(args, 4) + <usize>kvHead * headBytes;
  const scores = scratch + scoresAt;
  const seconds = scores + <usize>tileRows * scoreRow;
  const first = (chunk % arg(args, 15)) * arg(args, 14);
  const last = min(arg(args, 10), first + arg(args, 14));
  for (let row = first; row < last; row += tileRows) {
    const rows = min(tileRows, last - row);
    const range = pointer(args, 7) + (<usize>row << 3);
    const corner = <usize>row * qStride + <usize>head * headBytes;
    const dO = pointer(args, 0) + corner;
    const q = pointer(args, 1) + corner;
    const dq = pointer(args, 8) + corner;
    const lse = at(pointer(args, 6), row * heads + head);
    const delta = at(pointer(args, 9), row * heads + head);
    for (let r = 0; r < rows; r++) {
      const line = <usize>r * qStride;
      store<f32>(at(delta, r * heads), dot(dO + line, pointer(args, 5) + corner + line, size));
    }
    const end = endOf(range, rows, keys);
    const start = firstOf(range, rows) & ~7;
    if (end <= start) for (let r = 0; r < rows; r++) memory.fill(dq + <usize>r * qStride, 0, headBytes);
    for (let from = start; from < end; from += keyBlock) {
      const width = min(keyBlock, end - from);
      for (let panel = 0; panel < width; panel += 8) {
        const b = packed + <usize>((from + panel) >> 3) * panelBytes;
        place(rows, false, q, qStride, 4, pointer(args, 2) + b, 32, size, at(scores, panel), scoreRow, 8, scale, 0, false, scratch);
        place(rows, false, dO, qStride, 4, pointer(args, 3) + b, 32, size, at(seconds, panel), scoreRow, 8, one, 0, false, scratch);
      }
      for (let r = 0; r < rows; r++) {
        const line = scores + <usize>r * scoreRow;
        const second = seconds + <usize>r * scoreRow;
        const begin = min(width, max(load<i32>(range + (<usize>r << 3)) - from, 0));
        const stop = max(begin, min(load<i32>(range + (<usize>r << 3), 4) - from, width));
        const shift = f32x4.splat(load<f32>(at(lse, r * heads)));
        const deltas = f32x4.splat(load<f32>(at(delta, r * heads)));
        for (let j = begin; j < stop; j += 4) {
          const p = exp4(f32x4.sub(v128.load(at(line, j)), shift));
          v128.store(at(line, j), unlessFaint4(f32x4.mul(f32x4.mul(p, f32x4.sub(v128.load(at(second, j)), deltas)), scale)));
        }
        zeroOutside(line, begin, stop, width);
      }
      product(rows, false, scores, scoreRow, 4, k + <usize>from * kvStride, kvStride, width, dq, qStride, size, from > start, scratch);
    }
  }
}

/** Query rows in a block of the second pass: eight scores a row, twice. */
// @ts-ignore: decorator
@inline
const queryBlock: i32 = 512;

/**
 * Arguments: dO, q, packed keys, packed values, lse, keyRange, queryRange, D, dk, dv, query rows, keys, heads, kvHeads,
 * head size, panels a chunk, chunks a head; scale. A chunk is some panels (eight keys) of one key-value head.
 */
export function attentionBackwardKV(args: usize, chunk: i32, scratch: usize): void {
  const keys = arg(args, 11);
  const heads = arg(args, 12);
  const kvHeads = arg(args, 13);
  const size = arg(args, 14);
  const scale = f32x4.splat(number(args, 0));
  const one = f32x4.splat(1);
  const kvHead = chunk / arg(args, 16);
  const group = heads / kvHeads;
  const headBytes = <usize>size << 2;
  const qStride = <usize>heads * headBytes;
  const kvStride = <usize>kvHeads * headBytes;
  const panelBytes = headBytes << 3;
  const panels = (keys + 7) >> 3;
  const scores = scratch + scoresAt;
  const seconds = scores + <usize>(queryBlock << 5);
  const first = (chunk % arg(args, 16)) * arg(args, 15);
  const last = min(panels, first + arg(args, 15));
  for (let panel = first; panel < last; panel++) {
    const key = panel << 3;
    const live = min(8, keys - key);
    const packed = <usize>(kvHead * panels + panel) * panelBytes;
    const corner = <usize>key * kvStride + <usize>kvHead * headBytes;
    const dk = pointer(args, 8) + corner;
    const dv = pointer(args, 9) + corner;
    const back = pointer(args, 6) + (<usize>key << 3);
    const start = firstOf(back, live);
    const end = endOf(back, live, arg(args, 10));
    if (end <= start) {
      for (let r = 0; r < live; r++) {
        memory.fill(dk + <usize>r * kvStride, 0, headBytes);
        memory.fill(dv + <usize>r * kvStride, 0, headBytes);
      }
      continue;
    }
    const low = i32x4.add(i32x4.splat(key), i32x4(0, 1, 2, 3));
    const high = i32x4.add(low, i32x4.splat(4));
    let keep = false;
    for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
      for (let from = start; from < end; from += queryBlock) {
        const count = min(queryBlock, end - from);
        const q = pointer(args, 1) + <usize>from * qStride + <usize>head * headBytes;
        const dO = pointer(args, 0) + <usize>from * qStride + <usize>head * headBytes;
        for (let j = 0; j < count; j += tileRows) {
          const rows = min(tileRows, count - j);
          const away = <usize>j * qStride;
          const line = <usize>j << 5;
          place(rows, false, q + away, qStride, 4, pointer(args, 2) + packed, 32, size, scores + line, 32, 8, scale, 0, false, scratch);
          place(rows, false, dO + away, qStride, 4, pointer(args, 3) + packed, 32, size, seconds + line, 32, 8, one, 0, false, scratch);
        }
        for (let j = 0; j < count; j++) {
          const range = pointer(args, 5) + (<usize>(from + j) << 3);
          const begin = i32x4.splat(load<i32>(range));
          const stop = i32x4.splat(load<i32>(range, 4));
          const shift = f32x4.splat(load<f32>(at(pointer(args, 4), (from + j) * heads + head)));
          const delta = f32x4.splat(load<f32>(at(pointer(args, 7), (from + j) * heads + head)));
          const line = scores + (<usize>j << 5);
          const second = seconds + (<usize>j << 5);
          for (let half: usize = 0; half < 32; half += 16) {
            const index = half ? high : low;
            // queryRange may hold more rows than see the key: keyRange decides.
            const seen = v128.and(i32x4.ge_s(index, begin), i32x4.lt_s(index, stop));
            const score = v128.bitselect(v128.load(line + half), f32x4.splat(hidden), seen);
            const p = exp4(f32x4.sub(score, shift));
            v128.store(line + half, p);
            v128.store(second + half, unlessFaint4(f32x4.mul(f32x4.mul(p, f32x4.sub(v128.load(second + half), delta)), scale)));
          }
        }
        for (let r = 0; r < live; r += tileRows) {
          const rows = min(tileRows, live - r);
          const away = <usize>r * kvStride;
          const lane = <usize>r << 2;
          product(rows, true, scores + lane, 4, 32, dO, qStride, count, dv + away, kvStride, size, keep, scratch);
          product(rows, true, seconds + lane, 4, 32, q, qStride, count, dk + away, kvStride, size, keep, scratch);
        }
        keep = true;
      }
    }
  }
}
