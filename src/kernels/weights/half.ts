const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);

/**
 * The 16 bits of the IEEE 754 half nearest to a single given by its 32 bits, ties to even. Past 65,504 the largest half, so
 * that no infinity or NaN arises from a finite value.
 */
export function halfOf(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude >= 0x477fe000) return sign | 0x7bff;
  // Of 2⁻¹⁴ or more: drop 13 bits of the fraction, rounded, and move the exponent's bias from 127 to 15.
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  // Below it halves are multiples of 2⁻²⁴, as singles are between ½ and 1: adding ½ rounds to one.
  bits[0] = magnitude;
  number[0] = (number[0] ?? 0) + 0.5;
  return sign | ((bits[0] ?? 0) - 0x3f000000);
}

/** The value of a half by its 16 bits, exact. */
export function halfValue(half: number): number {
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}
