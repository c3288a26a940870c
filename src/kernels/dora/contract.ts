import { expect, test } from 'vitest';
import type { Kernels } from '../kernels';
import { expectClose, type Harness, numbers, partOf, wholeOf } from '../testing/harness';

/** ‖row of W + s·B·A‖ the long way, and what {@link Kernels.doraNorms} is given instead. */
function normsByHand(out: number, rank: number, columns: number, scale: number) {
  const [w, a, b] = [numbers(out * columns, 1), numbers(rank * columns, 2), numbers(out * rank, 3)];
  const m = numbers(out, 4);
  const norms = Float32Array.from({ length: out }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      let value = w[row * columns + column] ?? 0;
      for (let r = 0; r < rank; r++) value += scale * (b[row * rank + r] ?? 0) * (a[r * columns + column] ?? 0);
      sum += value * value;
    }
    return Math.sqrt(sum);
  });
  return { w, a, b, m, norms, factors: m.map((value, row) => value / (norms[row] ?? 0)) };
}

const normsOf = async (kernels: Kernels, [out, rank, columns]: readonly [number, number, number], scale: number) => {
  const given = normsByHand(out, rank, columns, scale);
  const [w, a] = [kernels.upload(given.w, [out, columns]), partOf(kernels, given.a, [rank, columns])];
  const [b, m] = [partOf(kernels, given.b, [out, rank]), partOf(kernels, given.m, [out])];
  const bg = kernels.matmul(b, kernels.matmul(a, a, { transposeB: true }));
  const wa = kernels.matmul(a, w, { transposeB: true });
  const [norms, factors] = [partOf(kernels, new Float32Array(out), [out]), kernels.zeros([out])];
  kernels.doraNorms({ squares: kernels.rowSquares(w), b, wa, bg, m }, scale, norms, factors);
  return [await kernels.read(norms), await kernels.read(factors)];
};

export function doraContract(harness: Harness): void {
  test('rowSquares: Σ x² of every row, of more than 65,535 too', () =>
    harness.same(async (kernels) => {
      const results = [];
      for (const [rows, columns] of [
        [1, 1],
        [3, 7],
        [5, 64],
        [9, 130],
        [2, 2051],
        [70_001, 4],
      ] as const)
        results.push(
          await kernels.read(kernels.rowSquares(partOf(kernels, numbers(rows * columns, columns), [rows, columns]))),
        );
      return results;
    }));

  test.each([
    [1, 1, 1],
    [7, 3, 5],
    [64, 4, 24],
    [130, 16, 70],
    [9, 5, 2049],
  ] as const)('doraNorms of [%i, %i, %i]: the rows of W + s·B·A, which is never formed', async (out, rank, columns) => {
    for (const scale of [0.7, 2]) {
      const { norms, factors } = normsByHand(out, rank, columns, scale);
      const [actualNorms, actualFactors] = await harness.run((kernels) =>
        normsOf(kernels, [out, rank, columns], scale),
      );
      expectClose(actualNorms as Float32Array, norms, 1e-5, 'norms');
      expectClose(actualFactors as Float32Array, factors, 1e-5, 'factors');
    }
  });

  test('doraNorms: with B zero and the norms as magnitudes every factor is exactly 1', async () => {
    const [factors] = await harness.run(async (kernels) => {
      const [w, zeros] = [kernels.upload(numbers(300 * 9, 1), [300, 9]), (shape: number[]) => kernels.zeros(shape)];
      const given = { squares: kernels.rowSquares(w), b: zeros([300, 2]), wa: zeros([2, 300]), bg: zeros([300, 2]) };
      const [norms, factors] = [zeros([300]), zeros([300])];
      kernels.doraNorms({ ...given, m: zeros([300]) }, 2, norms, factors);
      const m = zeros([300]);
      kernels.copy(norms, m);
      kernels.doraNorms({ ...given, m }, 2, norms, factors);
      return [await kernels.read(factors)];
    });
    expect(factors).toEqual(new Float32Array(300).fill(1));
  });

  test('scaleColumns, with bias, shifted, and added to a part of a buffer', () =>
    harness.same(async (kernels) => {
      const results = [];
      for (const [rows, columns] of [
        [1, 1],
        [3, 7],
        [5, 64],
        [33, 130],
        [70_001, 5],
      ] as const) {
        const x = kernels.upload(numbers(rows * columns, 1), [rows, columns]);
        const factor = partOf(kernels, numbers(columns, 2), [columns]);
        const bias = kernels.upload(numbers(columns, 3), [columns]);
        results.push(await kernels.read(kernels.scaleColumns(x, factor)));
        results.push(await kernels.read(kernels.scaleColumns(x, factor, { bias, less: 1 })));
        const addTo = partOf(kernels, numbers(rows * columns, 4), [rows, columns]);
        kernels.scaleColumns(x, factor, { addTo, less: 0.5 });
        results.push(await kernels.read(wholeOf(addTo)));
      }
      return results;
    }));

  test('columnDots adds Σ x·y ÷ divisor to a part of a buffer', () =>
    harness.same(async (kernels) => {
      const results = [];
      for (const [rows, columns] of [
        [1, 1],
        [3, 7],
        [17, 64],
        [200, 130],
        [2050, 20],
      ] as const) {
        const [x, y] = [1, 2].map((seed) => kernels.upload(numbers(rows * columns, seed), [rows, columns]));
        const target = partOf(kernels, numbers(columns, 3), [columns]);
        const divisor = kernels.upload(
          numbers(columns, 4).map((value) => Math.abs(value) + 0.5),
          [columns],
        );
        if (x && y) kernels.columnDots(target, x, y, divisor);
        results.push(await kernels.read(wholeOf(target)));
      }
      return results;
    }));
}
