// The inner loop of matmul and attention: a tile of C = alpha · op(A)·op(B) + bias (+ C).
// It is up to four rows by eight columns of C held in registers: eight sums, two parts of B, one broadcast element of A
// and, without fused multiply-add, a product. With it there is a tile of six rows as well: twelve sums hide its latency of
// four cycles, where eight just do (12 % faster on V8 13). Engines without it spill them (30 % slower on V8 11).
// B comes in panels of eight columns (pack.as.ts) or, row-major, straight from memory; A as it lies, rows or columns.
import { madd } from './core.as';

// @ts-ignore: decorator
@inline
export const tileRows: i32 = 4;

/** Rows of the next tile where `left` are left: never a thin last one (seven go as four and three). */
// @ts-ignore: decorator
@inline
export function rowsNext(left: i32, narrow: bool): i32 {
  if (ASC_FEATURE_RELAXED_SIMD && !narrow) {
    if (left >= 9 || left == 6) return 6;
    return left > 6 ? 4 : left == 5 ? 3 : left;
  }
  return left >= 8 ? 4 : left > 4 ? (left + 1) >> 1 : left;
}

/**
 * One tile of one to four rows, or six. `rows` and `turned` are constants where this is called: the compiler drops what they
 * rule out.
 * turned: A is [k, m], the rows of the tile are neighbours in memory; else A is [m, k], its rows `aRow` bytes apart.
 */
// @ts-ignore: decorator
@inline
function tile(
  rows: i32, turned: bool, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32,
  c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool,
): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  let s40 = f32x4.splat(0), s41 = f32x4.splat(0);
  let s50 = f32x4.splat(0), s51 = f32x4.splat(0);
  let a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    if (rows > 1) {
      const x = turned ? v128.load32_splat(a, 4) : v128.load32_splat(a1);
      s10 = madd(x, b0, s10);
      s11 = madd(x, b1, s11);
      a1 += 4;
    }
    if (rows > 2) {
      const x = turned ? v128.load32_splat(a, 8) : v128.load32_splat(a2);
      s20 = madd(x, b0, s20);
      s21 = madd(x, b1, s21);
      a2 += 4;
    }
    if (rows > 3) {
      const x = turned ? v128.load32_splat(a, 12) : v128.load32_splat(a3);
      s30 = madd(x, b0, s30);
      s31 = madd(x, b1, s31);
      a3 += 4;
    }
    if (rows > 4) {
      const x = v128.load32_splat(a4), y = v128.load32_splat(a5);
      s40 = madd(x, b0, s40);
      s41 = madd(x, b1, s41);
      s50 = madd(y, b0, s50);
      s51 = madd(y, b1, s51);
      a4 += 4;
      a5 += 4;
    }
    a += turned ? aStep : 4;
    b += bStep;
  }
  let z0 = f32x4.splat(0), z1 = z0;
  if (bias != 0) {
    z0 = v128.load(bias);
    z1 = v128.load(bias, 16);
  }
  put(c, s00, s01, alpha, z0, z1, keep);
  if (rows > 1) put(c + 1 * cRow, s10, s11, alpha, z0, z1, keep);
  if (rows > 2) put(c + 2 * cRow, s20, s21, alpha, z0, z1, keep);
  if (rows > 3) put(c + 3 * cRow, s30, s31, alpha, z0, z1, keep);
  if (rows > 4) {
    put(c + 4 * cRow, s40, s41, alpha, z0, z1, keep);
    put(c + 5 * cRow, s50, s51, alpha, z0, z1, keep);
  }
}

/** Eight outputs: alpha·sum + bias (+ what is there). */
// @ts-ignore: decorator
@inline
function put(c: usize, s0: v128, s1: v128, alpha: v128, z0: v128, z1: v128, keep: bool): void {
  let y0 = f32x4.add(f32x4.mul(s0, alpha), z0);
  let y1 = f32x4.add(f32x4.mul(s1, alpha), z1);
  if (keep) {
    y0 = f32x4.add(y0, v128.load(c));
    y1 = f32x4.add(y1, v128.load(c, 16));
  }
  v128.store(c, y0);
  v128.store(c, y1, 16);
}

function rows1(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(1, false, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}
function rows2(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(2, false, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}
function rows3(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(3, false, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}
function rows4(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(4, false, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}
function rows6(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(6, false, a, aRow, aStep, b, 32, k, c, cRow, alpha, bias, keep);
}
function columns1(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(1, true, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}
function columns2(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(2, true, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}
function columns3(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(3, true, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}
function columns4(a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool): void {
  tile(4, true, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}

function strip(
  rows: i32, turned: bool, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32,
  c: usize, cRow: usize, alpha: v128, bias: usize, keep: bool,
): void {
  if (turned) {
    if (rows == 4) columns4(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
    else if (rows == 3) columns3(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
    else if (rows == 2) columns2(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
    else columns1(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
  } else if (ASC_FEATURE_RELAXED_SIMD && rows == 6) rows6(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
  else if (rows == 4) rows4(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
  else if (rows == 3) rows3(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
  else if (rows == 2) rows2(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
  else rows1(a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
}

/**
 * Rows of a tile and eight columns of C, of which `live` exist (six rows: of B in panels, A not turned): the last columns go by way of scratch memory, so that a
 * tile may always write eight. bias 0: none; keep: add to what is there.
 */
export function place(
  rows: i32, turned: bool, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32,
  c: usize, cRow: usize, live: i32, alpha: v128, bias: usize, keep: bool, scratch: usize,
): void {
  if (live >= 8) {
    strip(rows, turned, a, aRow, aStep, b, bStep, k, c, cRow, alpha, bias, keep);
    return;
  }
  const bytes = <usize>live << 2;
  if (keep) for (let r = 0; r < rows; r++) memory.copy(scratch + (<usize>r << 5), c + <usize>r * cRow, bytes);
  strip(rows, turned, a, aRow, aStep, b, bStep, k, scratch, 32, alpha, bias, keep);
  for (let r = 0; r < rows; r++) memory.copy(c + <usize>r * cRow, scratch + (<usize>r << 5), bytes);
}

/** Up to four rows of C, all `columns` of it, with B row-major, its rows `bStep` bytes apart. */
export function product(
  rows: i32, turned: bool, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32,
  c: usize, cRow: usize, columns: i32, keep: bool, scratch: usize,
): void {
  const one = f32x4.splat(1);
  for (let column = 0; column < columns; column += 8) {
    const across = <usize>column << 2;
    place(rows, turned, a, aRow, aStep, b + across, bStep, k, c + across, cRow, columns - column, one, 0, keep, scratch);
  }
}
