import { expect, test } from 'vitest';
import type { Kernels, MatmulOptions } from '../kernels';
import { type Harness, numbers, partOf, wholeOf } from '../testing/harness';

type Layout = 'NN' | 'NT' | 'TN';
const transposes = (layout: Layout): MatmulOptions => ({
  transposeA: layout[0] === 'T',
  transposeB: layout[1] === 'T',
});

function operands(kernels: Kernels, layout: Layout, [m, k, n]: readonly [number, number, number]) {
  const a = kernels.upload(numbers(m * k, 1), layout[0] === 'T' ? [k, m] : [m, k]);
  const b = kernels.upload(numbers(k * n, 2), layout[1] === 'T' ? [n, k] : [k, n]);
  return { a, b };
}

export function matmulContract(harness: Harness): void {
  const layouts: Layout[] = ['NN', 'NT', 'TN'];
  const shapes = [
    [1, 1, 1],
    [1, 5, 1],
    [3, 1, 2],
    [4, 4, 4],
    [7, 13, 5],
    [1, 64, 48],
    [1, 67, 33],
    [2, 256, 33],
    [17, 40, 36],
    [33, 64, 65],
    [64, 128, 96],
    [16, 512, 64],
    [8, 2051, 16],
    [5, 2049, 3],
    [67, 20, 258],
  ] as const;
  for (const layout of layouts)
    test(`${layout}: C = op(A)·op(B) at ${shapes.length} shapes`, async () => {
      await harness.same(async (kernels) => {
        const results = [];
        for (const shape of shapes) {
          const { a, b } = operands(kernels, layout, shape);
          results.push(await kernels.read(kernels.matmul(a, b, transposes(layout))));
        }
        return results;
      });
    });

  // tfjs's own split-K program is wrong here (relative error about 1): see plain.ts.
  test('NT with few outputs and K ≥ 2000: 64×4864 · (16×4864)ᵀ', () =>
    harness.same(async (kernels) => {
      const { a, b } = operands(kernels, 'NT', [64, 4864, 16]);
      return [await kernels.read(kernels.matmul(a, b, { transposeB: true }))];
    }));

  test('TN of a long batch: adapter gradient [16, 96] over 2100 rows', () =>
    harness.same(async (kernels) => {
      const { a, b } = operands(kernels, 'TN', [16, 2100, 96]);
      return [await kernels.read(kernels.matmul(a, b, { transposeA: true }))];
    }));

  for (const layout of layouts)
    test(`${layout}: alpha, bias, out and accumulate, into part of a buffer`, async () => {
      for (const shape of [
        [5, 12, 7],
        [12, 16, 8],
        [1, 32, 20],
        [4, 2048, 8],
      ] as const)
        await harness.same(async (kernels) => {
          const [m, , n] = shape;
          const { a, b } = operands(kernels, layout, shape);
          const bias = kernels.upload(numbers(n, 3), [n]);
          const options = { ...transposes(layout), alpha: -0.5 };
          const fresh = kernels.matmul(a, b, { ...options, bias });
          const out = partOf(kernels, numbers(m * n, 4), [m, n]);
          const returned = kernels.matmul(a, b, { ...options, bias, out, accumulate: true });
          expect(returned.storage).toBe(out.storage);
          expect([returned.offset, ...returned.shape]).toEqual([64, m, n]);
          const replaced = partOf(kernels, numbers(m * n, 4), [m, n]);
          kernels.matmul(a, b, { ...options, out: replaced });
          return [await kernels.read(fresh), await kernels.read(wholeOf(out)), await kernels.read(wholeOf(replaced))];
        });
    });

  test('operands that are parts of larger buffers, also at offsets that are no multiple of 64', () =>
    harness.same(async (kernels) => {
      const results = [];
      for (const [offset, m, k, n] of [
        [64, 6, 8, 12],
        [128, 6, 9, 5],
        [20, 4, 8, 8],
        [33, 4, 8, 8],
      ] as const) {
        const a = partOf(kernels, numbers(m * k, 1), [m, k], offset);
        const b = partOf(kernels, numbers(k * n, 2), [n, k], offset);
        results.push(await kernels.read(kernels.matmul(a, b, { transposeB: true })));
        const bias = partOf(kernels, numbers(k, 5), [k], offset);
        const c = partOf(kernels, numbers(m * n, 3), [m, n], offset);
        results.push(await kernels.read(kernels.matmul(c, b, { bias })));
        results.push(await kernels.read(kernels.matmul(a, c, { transposeA: true })));
      }
      return results;
    }));

  test('more rows than 65,535 groups', () =>
    harness.same(async (kernels) => {
      const { a, b } = operands(kernels, 'NT', [270_001, 2, 3]);
      const { a: tall, b: wide } = operands(kernels, 'NN', [3, 2, 270_001]);
      return [
        await kernels.read(kernels.matmul(a, b, { transposeB: true })),
        await kernels.read(kernels.matmul(tall, wide)),
      ];
    }));

  test('the same inputs give the same bits', async () => {
    const work = async (kernels: Kernels): Promise<Float32Array[]> => {
      const { a, b } = operands(kernels, 'TN', [16, 2100, 32]);
      return [await kernels.read(kernels.matmul(a, b, { transposeA: true }))];
    };
    expect(await harness.run(work)).toEqual(await harness.run(work));
  });

  test('gradients: dA is NN, dB is TN of NT', () =>
    harness.slopes(
      [numbers(5 * 6, 1), numbers(7 * 6, 2)],
      async (kernels, [a, b]) =>
        kernels.read(
          kernels.matmul(kernels.upload(a as Float32Array, [5, 6]), kernels.upload(b as Float32Array, [7, 6]), {
            transposeB: true,
          }),
        ),
      async (kernels, [a, b], weights) => {
        const dy = kernels.upload(weights, [5, 7]);
        return [
          await kernels.read(kernels.matmul(dy, kernels.upload(b as Float32Array, [7, 6]))),
          await kernels.read(kernels.matmul(dy, kernels.upload(a as Float32Array, [5, 6]), { transposeA: true })),
        ];
      },
    ));
}
