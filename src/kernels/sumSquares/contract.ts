import { expect, test } from 'vitest';
import type { Kernels } from '../kernels';
import { type Harness, numbers, partOf } from '../testing/harness';

export function sumSquaresContract(harness: Harness): void {
  test('Σ x² at sizes 1 … 1,000,003', () =>
    harness.same(async (kernels) => {
      const results = [];
      for (const size of [1, 2, 5, 64, 1000, 65_537, 1_000_003])
        results.push(await kernels.read(kernels.sumSquares(kernels.upload(numbers(size, size), [size]))));
      results.push(await kernels.read(kernels.sumSquares(partOf(kernels, numbers(100, 1), [10, 10], 33))));
      return results;
    }));

  test('the same bits twice', async () => {
    const work = async (kernels: Kernels): Promise<Float32Array[]> => [
      await kernels.read(kernels.sumSquares(kernels.upload(numbers(100_001, 1), [100_001]))),
    ];
    expect(await harness.run(work)).toEqual(await harness.run(work));
  });
}
