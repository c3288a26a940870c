import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workMs } from '../lib/testing/stopwatch';
import { alignIds, overlay, overlayRuns } from './maskOverlay';

const side = (pieces: string[], trained: number[]) => {
  let at = 0;
  const inputIds = pieces.map((piece) => [...piece].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7) % 100_003);
  return {
    text: pieces.join(''),
    inputIds,
    offsets: pieces.flatMap((piece) => [at, (at += piece.length)]),
    labels: inputIds.map((id, index) => (trained.includes(index) ? id : -100)),
  };
};
const pieces = ['<s>', 'assistant', '\n', 'Yes', '.', '<e>', '\n'];

test('rule 7: TRL and axolotl differ by the line feeds around an answer', () => {
  const { cells, counts, sameIds } = overlay(side(pieces, [2, 3, 4, 5, 6]), side(pieces, [3, 4, 5]), new Set());
  expect(sameIds).toBe(true);
  expect(cells.map((cell) => cell.mark)).toEqual(['neither', 'neither', 'onlyA', 'both', 'both', 'both', 'onlyA']);
  expect(counts).toEqual({ both: 3, onlyA: 2, onlyB: 0, neither: 2 });
  expect(overlayRuns(cells).map((run) => run.cells.map((cell) => cell.text).join(''))).toEqual([
    '<s>assistant',
    '\n',
    'Yes.<e>',
    '\n',
  ]);
});

test('texts that differ keep what is common, and show the rest on its side', () => {
  const thinking = ['<s>', 'assistant', '\n', '<think>', '\n\n', '</think>', 'Yes', '.', '<e>', '\n'];
  const { cells, counts, sameIds } = overlay(side(thinking, [3, 4, 5, 6, 7, 8]), side(pieces, [3, 4, 5]), new Set());
  expect(sameIds).toBe(false);
  expect(cells.filter((cell) => cell.inText === 'a').map((cell) => cell.text)).toEqual(['<think>', '\n\n', '</think>']);
  expect(cells.some((cell) => cell.inText === 'b')).toBe(false);
  expect(counts).toMatchObject({ both: 3, onlyA: 3, onlyB: 0 });
});

test('an alignment is in order, of equal tokens, and each side comes back whole', () => {
  const ids = fc.array(fc.nat(4), { maxLength: 30 });
  fc.assert(
    fc.property(ids, ids, (a, b) => {
      const pairs = alignIds(a, b);
      let [i, j] = [-1, -1];
      for (const [x, y] of pairs) {
        expect(a[x]).toBe(b[y]);
        expect(x).toBeGreaterThan(i);
        expect(y).toBeGreaterThan(j);
        [i, j] = [x, y];
      }
      const letters = 'abcde';
      const [left, right] = [a, b].map((list) =>
        side(
          list.map((id) => letters.charAt(id)),
          [],
        ),
      );
      if (!left || !right) return;
      const { cells } = overlay(left, right, new Set());
      const textOf = (other: string) =>
        cells
          .filter((cell) => cell.inText !== other)
          .map((cell) => cell.text)
          .join('');
      expect(textOf('b')).toBe(left.text);
      expect(textOf('a')).toBe(right.text);
    }),
  );
});

test('two long texts with nothing in common are not compared for ever', () => {
  const a = Array.from({ length: 20_000 }, (_, index) => index);
  const b = a.map((id) => id + 50_000);
  let pairs: [number, number][] = [[0, 0]];
  expect(workMs(() => (pairs = alignIds(a, b)))).toBeLessThan(500);
  expect(pairs).toEqual([]);
});
