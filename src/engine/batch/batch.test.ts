import { describe, expect, test } from 'vitest';
import type { Example } from '../../protocol/example';
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
