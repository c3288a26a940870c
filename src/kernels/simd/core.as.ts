// What every op shares: multiply-add, horizontal sums, exp and log, and how an op reads its arguments.
// AssemblyScript, not TypeScript: compiled by build.mjs. No static data, no allocation: functions on pointers.

/**
 * Constants of vector code, as {@link held} gives them. V8 builds a constant vector anew at every use, by three instructions of
 * which two are shuffles (seen in its machine code; e^x spent most of its time there), and a load is one. They stand at a fixed
 * place below the heap, where {@link setUp} puts them.
 */
// @ts-ignore: decorator
@inline
const heldAt: usize = 3072;

// @ts-ignore: decorator
@inline
export function held(slot: usize): v128 {
  return v128.load32_splat(heldAt + (slot << 2));
}

// @ts-ignore: decorator
@inline
function hold(slot: usize, value: f32): void {
  store<f32>(heldAt + (slot << 2), value);
}

// @ts-ignore: decorator
@inline
function holdBits(slot: usize, bits: i32): void {
  store<i32>(heldAt + (slot << 2), bits);
}

/** Slots of {@link held} that unpack.as.ts names; 0 to 13 are e^x's. */
// @ts-ignore: decorator
@inline
export const halfMask: usize = 14, halfBias: usize = 15, halfExponents: usize = 16, nibbles: usize = 17, nibbleBias: usize = 18, shiftedExponents: usize = 19, signs: usize = 20, smallest: usize = 21, faint: usize = 22;

/** Writes the constants: once for a memory, before the first op. */
export function setUp(): void {
  hold(0, -32);
  hold(1, 88.37);
  hold(2, 1.44269504088896341);
  hold(3, 12582912);
  hold(4, -0.693359375);
  hold(5, 2.12194440e-4);
  hold(6, 1.9875691500e-4);
  hold(7, 1.3981999507e-3);
  hold(8, 8.3334519073e-3);
  hold(9, 4.1665795894e-2);
  hold(10, 1.6666665459e-1);
  hold(11, 5.0000001201e-1);
  hold(12, 1);
  holdBits(13, 127 - 0x4b400000);
  holdBits(halfMask, 0x8fffe000);
  holdBits(halfBias, 112 << 23);
  holdBits(halfExponents, 0x7c007c00);
  holdBits(nibbles, 0x0f0f0f0f);
  holdBits(nibbleBias, 0x08080808);
  holdBits(shiftedExponents, 0x0f800000);
  holdBits(signs, 0x80000000);
  holdBits(smallest, 113 << 23);
  holdBits(faint, (127 - 60) << 23);
}

/** a·b + c: fused where the machine has it (relaxed SIMD build), otherwise rounded twice. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The four lanes added in a fixed order: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sum4(x: v128): f32 {
  const pair = f32x4.add(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
}

/** The largest of four lanes. */
// @ts-ignore: decorator
@inline
export function max4(x: v128): f32 {
  const pair = f32x4.pmax(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max<f32>(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
}

/** Four horizontal sums at once: lane i is the sum of the lanes of the i-th argument. */
// @ts-ignore: decorator
@inline
export function sums4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}

/**
 * e^x of four lanes, relative error about 1e-7 (Cephes expf, Moshier: x = n·ln 2 + r, a polynomial of degree 7 in r).
 * Below −32 it is 0: every use adds it to 1 or weighs it against 1, where f32 has lost it by then (100,000 such terms are 1e-9),
 * and what a gradient multiplies it with must not come out denormal: a product with denormal numbers takes twice as long, which
 * a model that knows its rows by heart runs into. Above 88.37 it is that of 88.37, so never infinite; NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // pmin and pmax are single instructions and, this way round, keep a NaN.
  const y = f32x4.pmin(f32x4.pmax(x, held(0)), held(1));
  // Adding 1.5·2^23 rounds to a whole number, whose bits then stand at the bottom of the sum.
  const shifted = madd(y, held(2), held(3));
  const n = f32x4.sub(shifted, held(3));
  let r = madd(n, held(4), y);
  r = madd(n, held(5), r);
  let p = held(6);
  p = madd(p, r, held(7));
  p = madd(p, r, held(8));
  p = madd(p, r, held(9));
  p = madd(p, r, held(10));
  p = madd(p, r, held(11));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), held(12));
  const power = i32x4.shl(i32x4.add(shifted, held(13)), 23);
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, held(0)));
}

/**
 * x where it is at least 2^−60 (1e-18) in magnitude, else 0. For gradients: behind a saturated gate, or a key that nobody looks at,
 * they shrink by up to 1e-14 at each layer, until everything they are multiplied with is slow as {@link exp4} says. Beside what
 * reaches the same weights by other ways they are lost in f32. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function unlessFaint4(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), held(faint)));
}

/** The same of one number. */
// @ts-ignore: decorator
@inline
export function unlessFaint1(x: f32): f32 {
  return f32x4.extract_lane(unlessFaint4(f32x4.splat(x)), 0);
}

/** e^x of one number, the same bits as {@link exp4}. */
// @ts-ignore: decorator
@inline
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** ln x for a positive normal x: x = m·2^e with m in [√½, √2), ln m = 2·artanh((m-1)/(m+1)), in double. */
export function ln(x: f32): f32 {
  const bits = reinterpret<u32>(x);
  let exponent = <i32>(bits >> 23) - 127;
  let m = <f64>reinterpret<f32>((bits & 0x7fffff) | 0x3f800000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  const series =
    1 + s2 * (1.0 / 3 + s2 * (1.0 / 5 + s2 * (1.0 / 7 + s2 * (1.0 / 9 + s2 * (1.0 / 11 + s2 * (1.0 / 13))))));
  return <f32>(2 * s * series + <f64>exponent * 0.6931471805599453);
}

/** Argument `slot` of an op: a pointer or a count. */
// @ts-ignore: decorator
@inline
export function arg(args: usize, slot: usize): i32 {
  return load<i32>(args + (slot << 2));
}

// @ts-ignore: decorator
@inline
export function pointer(args: usize, slot: usize): usize {
  return <usize>load<u32>(args + (slot << 2));
}

/** Floating-point arguments stand after 24 whole ones. */
// @ts-ignore: decorator
@inline
export function number(args: usize, slot: usize): f32 {
  return load<f32>(args + 96 + (slot << 2));
}

/** Element i of a row of f32. */
// @ts-ignore: decorator
@inline
export function at(base: usize, i: i32): usize {
  return base + (<usize>i << 2);
}
