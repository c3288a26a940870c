import { expect, test } from 'vitest';
import { type Harness, numbers, partOf } from '../testing/harness';

export function rmsNormContract(harness: Harness): void {
  const shapes = [
    [1, 1],
    [1, 64],
    [3, 5],
    [9, 32],
    [5, 66],
    [4, 256],
    [2, 1030],
  ] as const;
  for (const [rows, width] of shapes)
    test(`forward and backward, [${rows}, ${width}]`, () =>
      harness.same(async (kernels) => {
        const x = kernels.upload(numbers(rows * width, 1), [rows, width]);
        const residual = kernels.upload(numbers(rows * width, 2, 3), [rows, width]);
        const weight = kernels.upload(numbers(width, 3), [width]);
        const alone = kernels.rmsNorm(x, weight, 1e-6);
        expect(alone.h.storage).toBe(x.storage);
        const both = kernels.rmsNorm(x, weight, 1e-5, residual);
        const dy = kernels.upload(numbers(rows * width, 4), [rows, width]);
        const results = [alone.y, alone.rstd, both.y, both.h, both.rstd];
        results.push(kernels.rmsNormBackward(dy, both.h, weight, both.rstd));
        results.push(kernels.rmsNormBackward(dy, both.h, weight, both.rstd, residual));
        return Promise.all(results.map((result) => kernels.read(result)));
      }));

  test('parts of buffers; more than 65,535 rows', () =>
    harness.same(async (kernels) => {
      const x = partOf(kernels, numbers(66_000 * 4, 1), [66_000, 4]);
      const weight = partOf(kernels, numbers(4, 3), [4], 20);
      const { y, h, rstd } = kernels.rmsNorm(x, weight, 1e-6);
      return [await kernels.read(y), await kernels.read(kernels.rmsNormBackward(x, h, weight, rstd))];
    }));

  test('gradient to the input', () =>
    harness.slopes(
      [numbers(3 * 10, 1)],
      async (kernels, [x]) => {
        const weight = kernels.upload(numbers(10, 3), [10]);
        return kernels.read(kernels.rmsNorm(kernels.upload(x as Float32Array, [3, 10]), weight, 1e-6).y);
      },
      async (kernels, [x], weights) => {
        const weight = kernels.upload(numbers(10, 3), [10]);
        const { h, rstd } = kernels.rmsNorm(kernels.upload(x as Float32Array, [3, 10]), weight, 1e-6);
        return [await kernels.read(kernels.rmsNormBackward(kernels.upload(weights, [3, 10]), h, weight, rstd))];
      },
    ));
}
