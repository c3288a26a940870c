// o = softmax(scale·q·kᵀ)·v over keyRange[t] = [first, end), key-value heads shared by groups; lse = log-sum-exp of the scores.
// Four query rows at a time against every key that one of them sees, with the tiles of matmul; online over blocks of keys
// (Dao et al. 2022), so that any number of keys fits the scratch memory.
import { arg, at, exp1, exp4, ln, max4, number, pointer, sum4 } from './core.as';
import { place, product, tileRows } from './tile.as';

/** Keys in a block, and bytes between two rows of scores: a block and room for the four that a last vector may touch. */
// @ts-ignore: decorator
@inline
export const keyBlock: i32 = 1024;
// @ts-ignore: decorator
@inline
export const scoreRow: usize = 4096 + 32;
/** Scratch below this belongs to the tile. */
// @ts-ignore: decorator
@inline
export const scoresAt: usize = 256;
// @ts-ignore: decorator
@inline
export const hidden: f32 = -3e38;

/** First key of any of `rows` ranges. */
export function firstOf(range: usize, rows: i32): i32 {
  let first = i32.MAX_VALUE;
  for (let r = 0; r < rows; r++) {
    const begin = load<i32>(range + (<usize>r << 3));
    if (begin < load<i32>(range + (<usize>r << 3), 4)) first = min(first, begin);
  }
  return max(first, 0);
}

/** One past the last key of any of `rows` ranges, at most `limit`. */
export function endOf(range: usize, rows: i32, limit: i32): i32 {
  let end = 0;
  for (let r = 0; r < rows; r++) {
    const last = load<i32>(range + (<usize>r << 3), 4);
    if (load<i32>(range + (<usize>r << 3)) < last) end = max(end, last);
  }
  return min(end, limit);
}

/** Zeros before `begin` and from `end` on, in a row of `width` elements. */
// @ts-ignore: decorator
@inline
export function zeroOutside(row: usize, begin: i32, end: i32, width: i32): void {
  memory.fill(row, 0, <usize>begin << 2);
  memory.fill(at(row, end), 0, <usize>(width - end) << 2);
}

/**
 * Arguments: q, keys packed by packHeads, v, keyRange, o, lse, rows, heads, kvHeads, head size, rows a chunk,
 * chunks of rows, keys; scale. A chunk is some rows of one head.
 */
export function attention(args: usize, chunk: i32, scratch: usize): void {
  const heads = arg(args, 7);
  const kvHeads = arg(args, 8);
  const size = arg(args, 9);
  const keys = arg(args, 12);
  const scale = f32x4.splat(number(args, 0));
  const head = chunk / arg(args, 11);
  const kvHead = head / (heads / kvHeads);
  const headBytes = <usize>size << 2;
  const qStride = <usize>heads * headBytes;
  const kvStride = <usize>kvHeads * headBytes;
  const panelBytes = headBytes << 3;
  const panels = pointer(args, 1) + <usize>kvHead * <usize>((keys + 7) >> 3) * panelBytes;
  const v = pointer(args, 2) + <usize>kvHead * headBytes;
  const scores = scratch + scoresAt;
  // Highest score and sum of each row, kept between blocks.
  const state = scores + <usize>tileRows * scoreRow;
  const first = (chunk % arg(args, 11)) * arg(args, 10);
  const last = min(arg(args, 6), first + arg(args, 10));
  for (let row = first; row < last; row += tileRows) {
    const rows = min(tileRows, last - row);
    const range = pointer(args, 3) + (<usize>row << 3);
    const q = pointer(args, 0) + <usize>row * qStride + <usize>head * headBytes;
    const o = pointer(args, 4) + <usize>row * qStride + <usize>head * headBytes;
    const end = endOf(range, rows, keys);
    for (let r = 0; r < rows; r++) {
      store<f32>(at(state, r), hidden);
      store<f32>(at(state, tileRows + r), 0);
    }
    // Blocks begin at whole panels.
    const start = firstOf(range, rows) & ~7;
    for (let from = start; from < end; from += keyBlock) {
      const width = min(keyBlock, end - from);
      for (let panel = 0; panel < width; panel += 8) {
        const b = panels + <usize>((from + panel) >> 3) * panelBytes;
        place(rows, false, q, qStride, 4, b, 32, size, at(scores, panel), scoreRow, 8, scale, 0, false, scratch);
      }
      for (let r = 0; r < rows; r++) {
        const line = scores + <usize>r * scoreRow;
        const begin = max(load<i32>(range + (<usize>r << 3)) - from, 0);
        const stop = max(begin, min(load<i32>(range + (<usize>r << 3), 4) - from, width));
        if (begin >= width || stop == begin) {
          memory.fill(line, 0, <usize>width << 2);
          continue;
        }
        v128.store(at(line, stop), f32x4.splat(hidden));
        const seen = load<f32>(at(state, r));
        let lanes = f32x4.splat(seen);
        for (let j = begin; j < stop; j += 4) lanes = f32x4.pmax(lanes, v128.load(at(line, j)));
        const highest = max4(lanes);
        const factor = exp1(seen - highest);
        const shift = f32x4.splat(highest);
        let sums = f32x4.splat(0);
        for (let j = begin; j < stop; j += 4) {
          const p = exp4(f32x4.sub(v128.load(at(line, j)), shift));
          v128.store(at(line, j), p);
          sums = f32x4.add(sums, p);
        }
        zeroOutside(line, begin, stop, width);
        store<f32>(at(state, r), highest);
        store<f32>(at(state, tileRows + r), load<f32>(at(state, tileRows + r)) * factor + sum4(sums));
        if (from > start) scaleRow(o + <usize>r * qStride, size, factor);
      }
      product(rows, false, scores, scoreRow, 4, v + <usize>from * kvStride, kvStride, width, o, qStride, size, from > start, scratch);
    }
    for (let r = 0; r < rows; r++) {
      const line = o + <usize>r * qStride;
      const sum = load<f32>(at(state, tileRows + r));
      // A row that sees no key gives zeros.
      if (sum == 0) memory.fill(line, 0, headBytes);
      else scaleRow(line, size, 1 / sum);
      store<f32>(at(pointer(args, 5), (row + r) * heads + head), sum == 0 ? <f32>0 : load<f32>(at(state, r)) + ln(sum));
    }
  }
}

function scaleRow(row: usize, size: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= size; i += 4) v128.store(at(row, i), f32x4.mul(v128.load(at(row, i)), factors));
  for (; i < size; i++) store<f32>(at(row, i), load<f32>(at(row, i)) * factor);
}
