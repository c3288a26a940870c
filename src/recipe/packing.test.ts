import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { workMs } from '../lib/testing/stopwatch';
import { packingWindow, packRows } from './packing';

interface Case {
  max_length: number;
  lengths: number[];
  packs: number[][];
}
const cases = JSON.parse(readFileSync(new URL('./fixtures/packing.json', import.meta.url), 'utf8')) as Case[];

const plain = (packs: Uint32Array[]): number[][] => packs.map((pack) => [...pack]);

describe('rule 20: packing', () => {
  test.each(cases)('$lengths.length rows into $max_length tokens: the packs of TRL, in its order', (expected) => {
    expect(plain(packRows(expected.lengths, expected.max_length))).toEqual(expected.packs);
  });

  const drawn = fc
    .integer({ min: 1, max: 80 })
    .chain((maxLength) =>
      fc.tuple(fc.constant(maxLength), fc.array(fc.integer({ min: 1, max: maxLength }), { maxLength: 300 })),
    );

  test('every row is in exactly one pack, whole; no pack is longer than max_length', () => {
    fc.assert(
      fc.property(drawn, ([maxLength, lengths]) => {
        const packs = plain(packRows(lengths, maxLength));
        expect(packs.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
        for (const pack of packs) {
          expect(pack.length).toBeGreaterThan(0);
          expect(pack.reduce((sum, row) => sum + (lengths[row] ?? NaN), 0)).toBeLessThanOrEqual(maxLength);
        }
      }),
    );
  });

  test('best fit: of one window at most one pack stays half empty or more', () => {
    fc.assert(
      fc.property(drawn, ([maxLength, lengths]) => {
        const filled = packRows(lengths, maxLength).map((pack) =>
          pack.reduce((sum, row) => sum + (lengths[row] ?? NaN), 0),
        );
        expect(filled.filter((tokens) => 2 * tokens <= maxLength).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('windows are packed apart: rows of one never share a pack with rows of another', () => {
    const packs = packRows(new Uint32Array(3 * packingWindow).fill(3), 7);
    for (const pack of packs) expect(new Set([...pack].map((row) => Math.floor(row / packingWindow))).size).toBe(1);
    expect(packs).toHaveLength((3 * packingWindow) / 2);
  });

  test('a row that is empty, or longer than a pack, is named', () => {
    expect(() => packRows([3, 9], 8)).toThrow(/training row 2: .* 8 tokens, got 9; raise training.max_length/);
    expect(() => packRows([0], 8)).toThrow(/training row 1: .* got 0/);
    expect(packRows([], 8)).toEqual([]);
  });

  test('100,000 rows take less than two seconds', () => {
    let state = 1;
    const lengths = Uint32Array.from({ length: 100_000 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return 1 + ((state >>> 16) % 1024);
    });
    let packs: Uint32Array[] = [];
    expect(workMs(() => (packs = packRows(lengths, 1024)))).toBeLessThan(2000);
    const tokens = lengths.reduce((sum, length) => sum + length, 0);
    expect(tokens / (packs.length * 1024)).toBeGreaterThan(0.98);
  });
});
