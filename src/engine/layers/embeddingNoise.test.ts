import { expect, test } from 'vitest';
import { buildBatch } from '../batch/buildBatch';
import { embeddingNoise } from './embeddingNoise';

const rowOf = (row: number, length: number) => ({
  row,
  inputIds: new Int32Array(length).fill(1),
  labels: new Int32Array(length).fill(1),
});
const width = 64;
const lengths = [500, 9, 100];
const batch = buildBatch(
  lengths.map((length, row) => rowOf(row, length)),
  4,
);

test('rule 18: uniform in ±α/√(L·d), L the length of each row', () => {
  const noise = embeddingNoise(batch, width, { alpha: 5, seed: 3 });
  expect(noise.length).toBe(batch.size * width);
  let start = 0;
  for (const length of lengths) {
    const bound = 5 / Math.sqrt(length * width);
    const part = noise.subarray(start * width, (start + length) * width);
    const count = part.length;
    const largest = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const mean = part.reduce((sum, value) => sum + value, 0) / count;
    const variance = part.reduce((sum, value) => sum + value * value, 0) / count;
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(0.97 * bound);
    // Four standard errors of a uniform's mean and variance.
    expect(Math.abs(mean)).toBeLessThan((4 * bound) / Math.sqrt(3 * count));
    expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan((4 * Math.sqrt(4 / 5)) / Math.sqrt(count));
    start += length;
  }
  expect(batch.size).toBeGreaterThan(start);
  expect(noise.subarray(start * width).every((value) => value === 0)).toBe(true);
});

test('follows from seed and place alone', () => {
  const first = embeddingNoise(batch, width, { alpha: 5, seed: 3 });
  expect(embeddingNoise(batch, width, { alpha: 5, seed: 3 })).toEqual(first);
  const other = embeddingNoise(batch, width, { alpha: 5, seed: 4 });
  const equal = first.filter((value, index) => value !== 0 && value === other[index]).length;
  expect(equal).toBeLessThan(10);
  // No two tokens share their noise.
  const token = (index: number): string => first.subarray(index * width, (index + 1) * width).join();
  expect(new Set(Array.from({ length: 500 }, (_, index) => token(index))).size).toBe(500);
});
