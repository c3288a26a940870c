import { expect, test } from 'vitest';
import { ignoreLabel } from '../../protocol/example';
import { tableOf } from '../testing/fixtures';
import { shuffledLabels } from './shuffledLabels';

const rows = [...Array(30).keys()].map((row) => {
  const inputIds = Int32Array.from({ length: 4 + (row % 5) }, (_, t) => 100 * row + t);
  // The first position of every third row has a label, which nobody predicts.
  const labels = inputIds.map((id, t) => (t >= 2 || (t === 0 && row % 3 === 0) ? id : ignoreLabel));
  return { row, inputIds, labels };
});
const table = tableOf(rows);

test('labels move among the supervised positions of all rows; inputs, masks and first positions stay', () => {
  const shuffled = shuffledLabels(table, 7);
  expect({ ...shuffled, labels: null }).toEqual({ ...table, labels: null });
  const firsts = new Set(table.offsets);
  const supervised = Array.from(table.labels.keys()).filter(
    (at) => table.labels[at] !== ignoreLabel && !firsts.has(at),
  );
  const of = (labels: Int32Array) => supervised.map((at) => labels[at] ?? 0);
  const sorted = (labels: Int32Array) => of(labels).sort((a, b) => a - b);
  expect(sorted(shuffled.labels)).toEqual(sorted(table.labels));
  const moved = of(shuffled.labels).filter((label, index) => label !== of(table.labels)[index]);
  expect(moved.length).toBeGreaterThan(0.9 * supervised.length);
  const others = Array.from(table.labels.keys()).filter((at) => !supervised.includes(at));
  expect(others.every((at) => shuffled.labels[at] === table.labels[at])).toBe(true);
  // Across rows: labels of a row are hundreds of their own.
  const away = supervised.filter(
    (at) => Math.floor((shuffled.labels[at] ?? 0) / 100) !== Math.floor((table.labels[at] ?? 0) / 100),
  );
  expect(away.length).toBeGreaterThan(0.8 * supervised.length);
});

test('a seed decides; the table given stays as it was', () => {
  const before = table.labels.slice();
  expect(shuffledLabels(table, 7)).toEqual(shuffledLabels(table, 7));
  expect(shuffledLabels(table, 7)).not.toEqual(shuffledLabels(table, 8));
  expect(table.labels).toEqual(before);
});
