import { expect, test } from 'vitest';
import type { Kernels } from '../kernels';
import { type Harness, numbers, partOf, wholeOf } from '../testing/harness';

export function columnSumsContract(harness: Harness): void {
  const shapes = [
    [1, 1],
    [1, 64],
    [3, 5],
    [40, 32],
    [33, 66],
    [2100, 10],
    [4100, 4],
  ] as const;
  for (const [rows, width] of shapes)
    test(`adds to what is there, and around it nothing, [${rows}, ${width}]`, () =>
      harness.same(async (kernels) => {
        const x = partOf(kernels, numbers(rows * width, 1), [rows, width]);
        const h = kernels.upload(numbers(rows * width, 2), [rows, width]);
        const rstd = kernels.upload(numbers(rows, 3), [rows]);
        const sums = partOf(kernels, numbers(width, 4), [width]);
        const gradient = partOf(kernels, numbers(width, 5), [width]);
        kernels.addColumnSums(sums, x);
        kernels.addNormWeightGradient(gradient, x, h, rstd);
        return [await kernels.read(wholeOf(sums)), await kernels.read(wholeOf(gradient))];
      }));

  test('the same bits twice', async () => {
    const work = async (kernels: Kernels): Promise<Float32Array[]> => {
      const target = kernels.zeros([30]);
      kernels.addColumnSums(target, kernels.upload(numbers(1500 * 30, 1), [1500, 30]));
      return [await kernels.read(target)];
    };
    expect(await harness.run(work)).toEqual(await harness.run(work));
  });

  test('gradient of a bias', () =>
    harness.slopes(
      [numbers(6, 1)],
      async (kernels, [bias = new Float32Array()]) => {
        const [x, weight] = [kernels.upload(numbers(9 * 5, 2), [9, 5]), kernels.upload(numbers(5 * 6, 3), [5, 6])];
        return kernels.read(kernels.matmul(x, weight, { bias: kernels.upload(bias, [6]) }));
      },
      async (kernels, _, weights) => {
        const target = kernels.zeros([6]);
        kernels.addColumnSums(target, kernels.upload(weights, [9, 6]));
        return [await kernels.read(target)];
      },
    ));

  test("gradient of RMSNorm's weight", () =>
    harness.slopes(
      [numbers(10, 1)],
      async (kernels, [weight = new Float32Array()]) => {
        const x = kernels.upload(numbers(7 * 10, 2), [7, 10]);
        return kernels.read(kernels.rmsNorm(x, kernels.upload(weight, [10]), 1e-6).y);
      },
      async (kernels, [weight = new Float32Array()], weights) => {
        const x = kernels.upload(numbers(7 * 10, 2), [7, 10]);
        const { h, rstd } = kernels.rmsNorm(x, kernels.upload(weight, [10]), 1e-6);
        const target = kernels.zeros([10]);
        kernels.addNormWeightGradient(target, kernels.upload(weights, [7, 10]), h, rstd);
        return [await kernels.read(target)];
      },
    ));
}
