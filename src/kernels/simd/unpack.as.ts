// Packed weights back to f32, as weights/quantize.ts packed them: a row begins with a new word, and its values stand in order.
//   0  f32
//   1  f16, two a word
//   2  int8 times a scale for 64 columns, four a word
//   3  int4 less 8, times a scale for 32 columns, eight a word
// Everything goes by blocks of 32 columns, the widest that shares a scale in all formats.
import { at, halfBias, halfExponents, halfMask, held, nibbleBias, nibbles, shiftedExponents, signs, smallest } from './core.as';

// @ts-ignore: decorator
@inline
export const single: i32 = 0, half: i32 = 1, byte: i32 = 2, nibble: i32 = 3;

/** Columns of a block. */
// @ts-ignore: decorator
@inline
export const block: i32 = 32;

/** Bytes from a packed row's begin to column `column`, a multiple of 32. */
// @ts-ignore: decorator
@inline
export function columnAt(format: i32, column: i32): usize {
  return <usize>(format == nibble ? column >> 1 : column << (2 - format));
}

/** Where the scale of the block at `column` stands, given its row's first. */
// @ts-ignore: decorator
@inline
export function scaleAt(format: i32, scales: usize, column: i32): usize {
  return at(scales, format == byte ? column >> 6 : column >> 5);
}

/**
 * Eight halves to f32, exactly. The exponent's bias grows by 112; halves below 2⁻¹⁴ have no leading one and are rare: their
 * bits under the exponent of 2⁻¹⁴, less 2⁻¹⁴, are their value.
 */
// @ts-ignore: decorator
@inline
export function halfPart(extended: v128): v128 {
  return i32x4.add(v128.and(i32x4.shl(extended, 13), held(halfMask)), held(halfBias));
}

/** Of two times eight halves the smaller exponents, and no more of them. */
// @ts-ignore: decorator
@inline
export function lowest(a: v128, b: v128): v128 {
  return i16x8.min_u(v128.and(a, held(halfExponents)), v128.and(b, held(halfExponents)));
}

/** Whether one of eight halves is below 2⁻¹⁴ (or zero): {@link halfPart} is wrong for it. */
// @ts-ignore: decorator
@inline
export function anySmall(halves: v128): bool {
  return !i16x8.all_true(v128.and(halves, held(halfExponents)));
}

/** As {@link halfPart}, right for small halves too. */
// @ts-ignore: decorator
@inline
export function halfPartSmall(extended: v128): v128 {
  const bits = v128.and(i32x4.shl(extended, 13), held(halfMask));
  const small = i32x4.eq(v128.and(bits, held(shiftedExponents)), i32x4.splat(0));
  // A mask is −1: small ones get an exponent of one more, that of 2⁻¹⁴, which is then taken away.
  const value = i32x4.add(bits, i32x4.sub(held(halfBias), i32x4.shl(small, 23)));
  const leading = v128.or(v128.and(bits, held(signs)), held(smallest));
  return f32x4.sub(value, v128.and(small, leading));
}

/** Columns in order from the bytes that hold two each: the low ones first. */
// @ts-ignore: decorator
@inline
export function firstNibbles(low: v128, high: v128): v128 {
  return i8x16.sub(i8x16.shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), held(nibbleBias));
}

// @ts-ignore: decorator
@inline
export function lastNibbles(low: v128, high: v128): v128 {
  return i8x16.sub(i8x16.shuffle(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), held(nibbleBias));
}

/** Sixteen signed bytes times a scale, to f32. */
// @ts-ignore: decorator
@inline
function putBytes(bytes: v128, scale: v128, target: usize): void {
  const low = i16x8.extend_low_i8x16_s(bytes);
  const high = i16x8.extend_high_i8x16_s(bytes);
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), scale));
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), scale), 16);
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), scale), 32);
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), scale), 48);
}

/** One block to f32 at `target`. May read past the row's end: the memory has spare bytes behind its last tensor. */
// @ts-ignore: decorator
@inline
function unpackBlock(format: i32, source: usize, scaleFrom: usize, target: usize): void {
  if (format == half) {
    for (let part: usize = 0; part < 4; part++) {
      const halves = v128.load(source + (part << 4));
      const low = i32x4.extend_low_i16x8_s(halves);
      const high = i32x4.extend_high_i16x8_s(halves);
      const small = anySmall(halves);
      v128.store(target + (part << 5), small ? halfPartSmall(low) : halfPart(low));
      v128.store(target + (part << 5), small ? halfPartSmall(high) : halfPart(high), 16);
    }
  } else if (format == byte) {
    const scale = v128.load32_splat(scaleFrom);
    putBytes(v128.load(source), scale, target);
    putBytes(v128.load(source, 16), scale, target + 64);
  } else {
    const scale = v128.load32_splat(scaleFrom);
    const pairs = v128.load(source);
    const low = v128.and(pairs, held(nibbles));
    const high = v128.and(i16x8.shr_u(pairs, 4), held(nibbles));
    putBytes(firstNibbles(low, high), scale, target);
    putBytes(lastNibbles(low, high), scale, target + 64);
  }
}

/**
 * Columns first … first+count−1 of a packed row to f32 at `target`, where there must be room for whole blocks. `first` is a
 * multiple of 32. Not for f32.
 */
export function unpackColumns(format: i32, row: usize, scales: usize, first: i32, count: i32, target: usize): void {
  for (let column = first; column < first + count; column += block) {
    const source = row + columnAt(format, column);
    const scale = scaleAt(format, scales, column);
    if (format == half) unpackBlock(half, source, scale, target);
    else if (format == byte) unpackBlock(byte, source, scale, target);
    else unpackBlock(nibble, source, scale, target);
    target += <usize>block << 2;
  }
}

/** A whole packed row to f32 at `target`, which has room for `count` values and no more. Not for f32. */
export function unpackRow(format: i32, row: usize, scales: usize, count: i32, target: usize, scratch: usize): void {
  const whole = count & ~(block - 1);
  unpackColumns(format, row, scales, 0, whole, target);
  if (whole == count) return;
  unpackColumns(format, row, scales, whole, count - whole, scratch);
  memory.copy(at(target, whole), scratch, <usize>(count - whole) << 2);
}
