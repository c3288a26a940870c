import { expect, test } from 'vitest';
import type { RowView } from '../protocol/rows';
import { pageLimit, pageRows, pagesToDrop, withPage } from './rowCache';

const view = (row: number): RowView => ({
  ok: false,
  row,
  line: row + 1,
  error: { code: 'x', message: 'x' },
  source: '',
  dropped: false,
});
const page = (number: number): RowView[] => Array.from({ length: pageRows }, (_, at) => view(number * pageRows + at));

test('scrolling through a million rows never holds more than the limit, and what is near stays', () => {
  let rows: ReadonlyMap<number, RowView> = new Map();
  const held = new Set<number>();
  let most = 0;
  for (let at = 0; at < 25_000; at += 97) {
    held.add(at);
    const dropped = pagesToDrop(held, [at, 500]);
    for (const one of dropped) held.delete(one);
    rows = withPage(rows, page(at), dropped);
    most = Math.max(most, rows.size);
    expect(rows.has(at * pageRows)).toBe(true);
  }
  expect(most).toBeLessThanOrEqual((pageLimit + 1) * pageRows);
  expect(rows.has(0)).toBe(true);
});

test('pages near several places are kept before those far from all', () => {
  const held = [0, ...Array.from({ length: pageLimit }, (_, index) => index + 10)];
  expect(pagesToDrop(held, [10, 10 + pageLimit - 2])).toEqual([10 + pageLimit / 2 - 1]);
});
