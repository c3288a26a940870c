import { expect, test } from 'vitest';
import type { Kernels } from '../kernels';
import { type Harness, integers, numbers, partOf, rowsView, wholeOf } from '../testing/harness';
import { weightRows, type Weight, type WeightFormat } from './weight';

/** Runs `work` with a weight [rows, columns] of seeded numbers, written in two pieces. */
async function withWeight<T>(
  kernels: Kernels,
  format: WeightFormat,
  [rows, columns]: readonly [number, number],
  work: (weight: Weight) => Promise<T>,
): Promise<T> {
  const weight = kernels.createWeight(format, [rows, columns]);
  try {
    const values = numbers(rows * columns, 2);
    const cut = Math.floor(rows / 3);
    kernels.writeWeight(weight, 0, values.subarray(0, cut * columns));
    kernels.writeWeight(weight, cut, values.subarray(cut * columns));
    return await work(weight);
  } finally {
    kernels.disposeWeight(weight);
  }
}

/** In every format that the implementation has: what is computed with a weight, against the oracle with the same bits. */
export function weightsContract(harness: Harness): void {
  const inEach = (work: (format: WeightFormat) => Promise<void>) => async (): Promise<void> => {
    for (const format of harness.kernels.weightFormats) await work(format);
  };
  // One of each way that a product is computed: a row, odd sides, wide, narrow, a long sum of few outputs.
  const shapes = [
    [1, 64, 50],
    [1, 67, 3],
    [5, 31, 7],
    [3, 20, 6],
    [33, 100, 72],
    [2, 2052, 16],
  ] as const;

  test(
    `x·Wᵀ and dy·W at ${shapes.length} shapes`,
    inEach((format) =>
      harness.same(async (kernels) => {
        const results: Float32Array[] = [];
        for (const [m, k, n] of shapes)
          await withWeight(kernels, format, [n, k], async (weight) => {
            const x = kernels.upload(numbers(m * k, 1), [m, k]);
            results.push(await kernels.read(kernels.matmul(x, weight, { transposeB: true })));
            const dy = kernels.upload(numbers(m * n, 4), [m, n]);
            results.push(await kernels.read(kernels.matmul(dy, weight)));
          });
        return results;
      }),
    ),
  );

  test(
    'bias, alpha, out and accumulate, into part of a buffer',
    inEach((format) =>
      harness.same(async (kernels) => {
        const results: Float32Array[] = [];
        for (const [m, k, n] of [
          [33, 100, 72],
          [1, 64, 50],
          [2, 2052, 16],
        ] as const)
          await withWeight(kernels, format, [n, k], async (weight) => {
            const x = kernels.upload(numbers(m * k, 1), [m, k]);
            const bias = kernels.upload(numbers(n, 3), [n]);
            const y = partOf(kernels, numbers(m * n, 4), [m, n]);
            kernels.matmul(x, weight, { transposeB: true, bias, alpha: -0.5, out: y, accumulate: true });
            const dx = partOf(kernels, numbers(m * k, 6), [m, k]);
            kernels.matmul(y, weight, { alpha: 2, out: dx, accumulate: true });
            results.push(await kernels.read(wholeOf(y)), await kernels.read(wholeOf(dx)));
          });
        return results;
      }),
    ),
  );

  test(
    'rows of it, as values and as a weight',
    inEach((format) =>
      harness.same(async (kernels) => {
        const results: Float32Array[] = [];
        for (const columns of [1, 7, 64, 100])
          await withWeight(kernels, format, [200, columns], async (weight) => {
            results.push(await kernels.read(kernels.gatherRows(weight, rowsView(kernels, [199, 0, 66, 66, 67]))));
            for (const [from, count] of [
              [0, 200],
              [64, 136],
              [128, 5],
            ] as const) {
              const part = weightRows(weight, from, count);
              expect(part.shape).toEqual([count, columns]);
              const x = kernels.upload(numbers(3 * columns, 1), [3, columns]);
              results.push(await kernels.read(kernels.matmul(x, part, { transposeB: true })));
              results.push(await kernels.read(kernels.gatherRows(part, rowsView(kernels, [count - 1, 1]))));
            }
          });
        return results;
      }),
    ),
  );

  test('more than 65,535 groups: a long weight, and many rows of a short one', () => {
    const format = harness.kernels.weightFormats.at(-1) ?? 'f32';
    return harness.same(async (kernels) => [
      await withWeight(kernels, 'f32', [530_001, 4], async (weight) =>
        kernels.read(kernels.matmul(kernels.upload(numbers(4, 1), [1, 4]), weight, { transposeB: true })),
      ),
      await withWeight(kernels, format, [901, 3], async (weight) =>
        kernels.read(kernels.gatherRows(weight, kernels.upload(integers(1_400_001, 901, 3), [1_400_001]))),
      ),
    ]);
  });

  test('rows that are none of the weight are refused', () => {
    const weight = harness.kernels.createWeight('f32', [3, 4]);
    expect(() => harness.kernels.writeWeight(weight, 2, new Float32Array(8))).toThrow(RangeError);
    expect(() => harness.kernels.writeWeight(weight, 0, new Float32Array(5))).toThrow(RangeError);
    expect(() => weightRows(weight, 2, 2)).toThrow(RangeError);
    harness.kernels.disposeWeight(weight);
  });
}
