// y = alpha · x·Wᵀ + bias (+ y) for a few rows of x with a packed W [n, k] (unpack.as.ts): decoding. Each row of W is read once,
// at memory speed where the unpacking keeps up.
import { arg, at, held, madd, nibbles, number, pointer, sum4 } from './core.as';
import { anySmall, block, byte, columnAt, firstNibbles, half, halfPart, halfPartSmall, lastNibbles, lowest, nibble, scaleAt, unpackColumns } from './unpack.as';

/** Σ over 16 bytes of w·x, in four sums. */
// @ts-ignore: decorator
@inline
function dotBytes(bytes: v128, x: usize, sums: v128): v128 {
  const low = i16x8.extend_low_i8x16_s(bytes);
  const high = i16x8.extend_high_i8x16_s(bytes);
  const a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), v128.load(x), sums);
  const b = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), v128.load(x, 16));
  const c = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), v128.load(x, 32), a);
  const d = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), v128.load(x, 48), b);
  return f32x4.add(c, d);
}

/** Four of eight halves times x, added to `sums`. */
// @ts-ignore: decorator
@inline
function dotHalf(halves: v128, x: usize, sums: v128, low: bool): v128 {
  const extended = low ? i32x4.extend_low_i16x8_s(halves) : i32x4.extend_high_i16x8_s(halves);
  return madd(halfPart(extended), v128.load(x), sums);
}

/** A block of 32 halves of which some are below 2⁻¹⁴. */
function smallHalves(source: usize, x: usize, sums: v128): v128 {
  for (let i: usize = 0; i < 64; i += 16) {
    const halves = v128.load(source + i);
    sums = madd(halfPartSmall(i32x4.extend_low_i16x8_s(halves)), v128.load(x + 2 * i), sums);
    sums = madd(halfPartSmall(i32x4.extend_high_i16x8_s(halves)), v128.load(x + 2 * i, 16), sums);
  }
  return sums;
}

/** x·w over whole blocks of 32 columns. */
// @ts-ignore: decorator
@inline
function dotBlocks(format: i32, row: usize, scales: usize, x: usize, columns: i32): v128 {
  let sums = f32x4.splat(0);
  let others = f32x4.splat(0);
  for (let column = 0; column < columns; column += block) {
    const source = row + columnAt(format, column);
    if (format == half) {
      const a = v128.load(source);
      const b = v128.load(source, 16);
      const c = v128.load(source, 32);
      const d = v128.load(source, 48);
      if (anySmall(lowest(lowest(a, b), lowest(c, d)))) sums = smallHalves(source, x, sums);
      else {
        sums = dotHalf(a, x, sums, true);
        others = dotHalf(a, x + 16, others, false);
        sums = dotHalf(b, x + 32, sums, true);
        others = dotHalf(b, x + 48, others, false);
        sums = dotHalf(c, x + 64, sums, true);
        others = dotHalf(c, x + 80, others, false);
        sums = dotHalf(d, x + 96, sums, true);
        others = dotHalf(d, x + 112, others, false);
      }
      x += 128;
    } else {
      const scale = v128.load32_splat(scaleAt(format, scales, column));
      const zero = f32x4.splat(0);
      if (format == byte) {
        sums = madd(dotBytes(v128.load(source), x, zero), scale, sums);
        others = madd(dotBytes(v128.load(source, 16), x + 64, zero), scale, others);
      } else {
        const pairs = v128.load(source);
        const low = v128.and(pairs, held(nibbles));
        const high = v128.and(i16x8.shr_u(pairs, 4), held(nibbles));
        sums = madd(dotBytes(firstNibbles(low, high), x, zero), scale, sums);
        others = madd(dotBytes(lastNibbles(low, high), x + 64, zero), scale, others);
      }
      x += 128;
    }
  }
  return f32x4.add(sums, others);
}

function dotHalves(row: usize, x: usize, columns: i32): v128 {
  return dotBlocks(half, row, 0, x, columns);
}
function dotInt8(row: usize, scales: usize, x: usize, columns: i32): v128 {
  return dotBlocks(byte, row, scales, x, columns);
}
function dotInt4(row: usize, scales: usize, x: usize, columns: i32): v128 {
  return dotBlocks(nibble, row, scales, x, columns);
}

/**
 * Arguments: x, W, y, bias (0: none), rows of x, n, k, n a chunk, accumulate, bytes of a row of W, scales, scales a row,
 * format; alpha.
 */
export function matvecPacked(args: usize, chunk: i32, scratch: usize): void {
  const m = arg(args, 4);
  const n = arg(args, 5);
  const k = arg(args, 6);
  const per = arg(args, 7);
  const keep = arg(args, 8) != 0;
  const rowBytes = pointer(args, 9);
  const format = arg(args, 12);
  const bias = pointer(args, 3);
  const alpha = number(args, 0);
  const last = min(n, (chunk + 1) * per);
  const whole = k & ~(block - 1);
  for (let j = chunk * per; j < last; j++) {
    const row = pointer(args, 1) + <usize>j * rowBytes;
    const scales = at(pointer(args, 10), j * arg(args, 11));
    if (whole < k) unpackColumns(format, row, scales, whole, k - whole, scratch);
    for (let r = 0; r < m; r++) {
      const x = at(pointer(args, 0), r * k);
      let sums: v128;
      if (format == half) sums = dotHalves(row, x, whole);
      else if (format == byte) sums = dotInt8(row, scales, x, whole);
      else sums = dotInt4(row, scales, x, whole);
      let sum = sum4(sums);
      for (let i = whole; i < k; i++) sum += load<f32>(at(scratch, i - whole)) * load<f32>(at(x, i));
      sum *= alpha;
      if (bias != 0) sum += load<f32>(at(bias, j));
      const y = at(pointer(args, 2), r * n + j);
      if (keep) sum += load<f32>(y);
      store<f32>(y, sum);
    }
  }
}
