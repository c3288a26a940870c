import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/random';
import type { Example } from '../../protocol/example';
import { packRows } from '../../recipe/packing';
import { bucketSize } from './bucket';
import { buildBatch, exampleAt, supervisedCount } from './buildBatch';

const example = (row: number, inputIds: number[], labels: number[]): Example => ({
  row,
  inputIds: Int32Array.from(inputIds),
  labels: Int32Array.from(labels),
});

describe('batch without padding', () => {
  const batch = buildBatch(
    [example(5, [1, 2, 3], [-100, 2, 3]), example(9, [4, 5], [4, -100]), example(2, [6, 7], [-100, 7])],
    50,
  );
  const head = (values: Int32Array, count: number) => [...values.subarray(0, count)];

  test('rows end to end: positions restart, each sees itself only, the filling sees and shows nothing', () => {
    expect(batch).toMatchObject({ size: 16, tokens: 7, longest: 3, rows: [5, 9, 2] });
    expect(head(batch.ids, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 0]);
    expect(head(batch.positions, 8)).toEqual([0, 1, 2, 0, 1, 0, 1, 0]);
    expect(head(batch.keyRange, 16)).toEqual([0, 1, 0, 2, 0, 3, 3, 4, 3, 5, 5, 6, 5, 7, 0, 0]);
    expect(head(batch.queryRange, 16)).toEqual([0, 3, 1, 3, 2, 3, 3, 5, 4, 5, 5, 7, 6, 7, 0, 0]);
  });

  test('rule 5: position t learns the label of t+1; a label on the first token teaches nothing', () => {
    expect(batch.supervised).toBe(3);
    expect(head(batch.targetRows, 3)).toEqual([0, 1, 5]);
    expect(head(batch.targets, 3)).toEqual([2, 3, 7]);
    expect([...batch.exampleOf]).toEqual([0, 0, 2]);
    expect(supervisedCount(Int32Array.of(4, -100))).toBe(0);
  });

  test('ids outside of the vocabulary, and empty rows, are named', () => {
    expect(() => buildBatch([example(3, [1, 50], [-100, 1])], 50)).toThrow(/row 3, token 1: .* got 50/);
    expect(() => buildBatch([example(3, [-1], [-100])], 50)).toThrow(/row 3/);
    expect(() => buildBatch([example(4, [], [])], 50)).toThrow(/row 4: .*none/);
  });

  test('examples of a table', () => {
    const table = {
      inputIds: Int32Array.of(1, 2, 3),
      labels: Int32Array.of(-100, 2, 3),
      offsets: Uint32Array.of(0, 2, 3),
      rows: Uint32Array.of(8, 11),
    };
    expect(exampleAt(table, 1)).toEqual(example(11, [3], [3]));
  });
});

test('buckets: never smaller, at most an eighth larger (past 128), eight an octave', () => {
  const sizes = new Set<number>();
  for (let count = 1; count <= 8192; count++) {
    const size = bucketSize(count);
    sizes.add(size);
    expect(size).toBeGreaterThanOrEqual(count);
    if (count > 128) expect(size).toBeLessThanOrEqual(count * 1.125);
    expect(bucketSize(size)).toBe(size);
  }
  expect(sizes.size).toBeLessThanOrEqual(8 + 8 * 6);
});

describe('length buckets do what padding and group_by_length are for elsewhere', () => {
  const random = new Random(3);
  /** Log-normal, as conversations are: median 148 tokens, a tenth above 530, cut at 1,024. */
  const lengths = Array.from({ length: 4000 }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
    return Math.min(1024, Math.max(4, Math.round(Math.exp(5 + normal))));
  });
  const row = (length: number): Example =>
    example(0, new Array<number>(length).fill(1), new Array<number>(length).fill(1));
  const inFours = (all: number[]): number[][] =>
    Array.from({ length: all.length / 4 }, (_, index) => all.slice(4 * index, 4 * index + 4));

  /** Tokens computed over tokens real, and how many shapes the device sees. */
  function measure(batches: number[][]) {
    const built = batches.map((rows) => buildBatch(rows.map(row), 2));
    const real = built.reduce((sum, { tokens }) => sum + tokens, 0);
    const padded = batches.reduce((sum, rows) => sum + rows.length * Math.max(...rows), 0);
    return {
      waste: built.reduce((sum, { size }) => sum + size, 0) / real - 1,
      paddedWaste: padded / real - 1,
      lengths: new Set(built.map(({ tokens }) => tokens)).size,
      shapes: new Set(built.map(({ size }) => size)).size,
      worst: Math.max(...built.filter(({ tokens }) => tokens > 128).map(({ size, tokens }) => size / tokens - 1)),
    };
  }

  test('rows as they come: at most an eighth is computed in vain, where padding doubles the work', () => {
    const asTheyCome = measure(inFours(lengths));
    expect(asTheyCome.worst).toBeLessThanOrEqual(0.125);
    expect(asTheyCome.waste).toBeLessThan(0.06);
    expect(asTheyCome.paddedWaste).toBeGreaterThan(0.8);
    expect(asTheyCome.lengths).toBeGreaterThan(500);
    expect(asTheyCome.shapes).toBeLessThanOrEqual(8 * 5);
    // Sorting rows by length, which would bias what is in a step, would gain next to nothing.
    const grouped = measure(inFours(lengths.toSorted((a, b) => a - b)));
    expect(asTheyCome.waste - grouped.waste).toBeLessThan(0.02);
  });

  test('packs: nearly all of one shape', () => {
    const packs = measure(packRows(lengths, 1024).map((pack) => [...pack].map((index) => lengths[index] ?? 0)));
    expect(packs.waste).toBeLessThan(0.005);
    // One, and what the last packs of each window of 1,000 rows leave.
    expect(packs.shapes).toBeLessThanOrEqual(1 + 4);
  });
});
