import { TunesmithError } from '../../lib/errors';

/** Bytes per element of the safetensors dtypes (huggingface/safetensors, `Dtype`). */
export const dtypeBytes: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

let halves: Float32Array | undefined;

/** Every IEEE 754 half as a single, by its 16 bits: 2^16 floats, made once. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction
            ? Number.NaN
            : Number.POSITIVE_INFINITY
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    halves[bits] = bits & 0x8000 ? -magnitude : magnitude;
  }
  return halves;
}

/**
 * Little-endian bytes of a tensor as singles: F32 as it is, F16 and BF16 widened exactly. The result never shares memory
 * with `bytes`. Throws `model/dtype` for every other dtype.
 */
export function toFloat32(dtype: string, bytes: Uint8Array, where: string): Float32Array {
  if (dtype === 'F32') {
    const copy = new Uint8Array(bytes.byteLength);
    copy.set(bytes);
    return new Float32Array(copy.buffer);
  }
  if (dtype !== 'F16' && dtype !== 'BF16')
    throw new TunesmithError(
      'model/dtype',
      `${where}: weights must be F32, F16 or BF16, got ${dtype}; convert the model first`,
      { data: { dtype } },
    );
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const bits = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
  const values = new Float32Array(bits.length);
  if (dtype === 'F16') {
    const table = halfTable();
    for (let index = 0; index < bits.length; index++) values[index] = table[bits[index] ?? 0] ?? 0;
  } else {
    // A bfloat16 is the upper half of a single.
    const words = new Uint32Array(values.buffer);
    for (let index = 0; index < bits.length; index++) words[index] = (bits[index] ?? 0) << 16;
  }
  return values;
}
