import { test } from 'vitest';
import { type Harness, integers, numbers, partOf, rowsView } from '../testing/harness';

export function rowsContract(harness: Harness): void {
  test('gatherRows picks rows, in any order and repeatedly', () =>
    harness.same(async (kernels) => {
      const results = [];
      for (const width of [1, 3, 4, 64, 130]) {
        const table = kernels.upload(numbers(9 * width, width), [9, width]);
        results.push(await kernels.read(kernels.gatherRows(table, rowsView(kernels, [8, 0, 3, 3]))));
      }
      return results;
    }, 0));

  test('gatherRows from a part of a buffer, more than 65,535 rows', () =>
    harness.same(async (kernels) => {
      const table = partOf(kernels, numbers(50 * 8, 1), [50, 8]);
      const rows = kernels.upload(integers(70_001, 50, 2), [70_001]);
      return [await kernels.read(kernels.gatherRows(table, rows))];
    }, 0));

  test('scatterRows is the inverse for distinct rows, zero elsewhere', () =>
    harness.same(async (kernels) => {
      const results = [];
      for (const width of [1, 3, 4, 65]) {
        const x = kernels.upload(numbers(3 * width, 5), [3, width]);
        results.push(await kernels.read(kernels.scatterRows(x, rowsView(kernels, [4, 0, 2]), 7)));
      }
      return results;
    }, 0));
}
