/**
 * The size that `count` rows are padded to: a multiple of a step that is an eighth of the power of two below, at least 16.
 * At most an eighth is wasted, and eight sizes an octave keep the device's buffer pool small.
 */
export function bucketSize(count: number): number {
  const step = Math.max(16, 2 ** (Math.floor(Math.log2(Math.max(count, 1))) - 3));
  return Math.max(step, Math.ceil(count / step) * step);
}
