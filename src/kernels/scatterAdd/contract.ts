import { expect, test } from 'vitest';
import type { Kernels } from '../kernels';
import { type Harness, integers, numbers, partOf, rowsView, wholeOf } from '../testing/harness';
import type { View } from '../runtime/view';
import { rowSegments } from './segments';

function addRows(kernels: Kernels, target: View, x: View, rows: Int32Array, firstRow?: number, count?: number): void {
  const { order, segments } = rowSegments(rows, firstRow, count);
  if (order.length === 0) return;
  const triples = kernels.upload(segments, [segments.length / 3, 3]);
  kernels.scatterAddRows(target, x, kernels.upload(order, [order.length]), triples);
}

export function scatterAddContract(harness: Harness): void {
  for (const width of [1, 3, 4, 64, 130])
    test(`repeated rows add up, around them nothing changes, width ${width}`, () =>
      harness.same(async (kernels) => {
        const rows = Int32Array.of(8, 0, 3, 3, 8, 3, 5);
        const x = kernels.upload(numbers(7 * width, width), [7, width]);
        const target = partOf(kernels, numbers(9 * width, 3), [9, width]);
        addRows(kernels, target, x, rows);
        addRows(kernels, target, x, rows, 3, 4);
        return [await kernels.read(wholeOf(target))];
      }, 1e-6));

  test('3,001 rows into 50, and the same bits twice', async () => {
    const work = async (kernels: Kernels): Promise<Float32Array[]> => {
      const x = kernels.upload(numbers(3001 * 8, 1), [3001, 8]);
      const target = kernels.zeros([50, 8]);
      addRows(kernels, target, x, integers(3001, 50, 2));
      return [await kernels.read(target)];
    };
    await harness.same(work);
    expect(await harness.run(work)).toEqual(await harness.run(work));
  });

  test('gradient of gatherRows', () =>
    harness.slopes(
      [numbers(5 * 6, 1)],
      async (kernels, [table = new Float32Array()]) =>
        kernels.read(kernels.gatherRows(kernels.upload(table, [5, 6]), rowsView(kernels, [4, 0, 2, 2, 4, 2]))),
      async (kernels, _, weights) => {
        const target = kernels.zeros([5, 6]);
        addRows(kernels, target, kernels.upload(weights, [6, 6]), Int32Array.of(4, 0, 2, 2, 4, 2));
        return [await kernels.read(target)];
      },
    ));
}
