import { test } from 'vitest';
import type { Kernels } from '../kernels';
import { expectClose, type Harness, integers, numbers, partOf, wholeOf } from '../testing/harness';

/** cos and sin of p·10000^(−2j/K) for `count` positions: [count, K/2] each. */
function tables(kernels: Kernels, count: number, headSize: number) {
  const half = headSize / 2;
  const angle = (index: number): number => Math.floor(index / half) * 10000 ** (-(2 * (index % half)) / headSize);
  const cos = Float32Array.from({ length: count * half }, (_, index) => Math.cos(angle(index)));
  const sin = Float32Array.from({ length: count * half }, (_, index) => Math.sin(angle(index)));
  return { cos: kernels.upload(cos, [count, half]), sin: kernels.upload(sin, [count, half]) };
}

export function ropeContract(harness: Harness): void {
  for (const [rows, heads, headSize] of [
    [1, 1, 2],
    [3, 2, 6],
    [5, 3, 8],
    [7, 4, 64],
    [70_001, 1, 2],
  ] as const)
    test(`turns in place and back: ${rows} rows, ${heads} heads of ${headSize}`, async () => {
      const values = numbers(rows * heads * headSize, 1);
      const work = (inverse: boolean, both: boolean) => async (kernels: Kernels) => {
        const { cos, sin } = tables(kernels, 12, headSize);
        const positions = kernels.upload(integers(rows, 12, 2), [rows]);
        const x = partOf(kernels, values, [rows, heads * headSize]);
        kernels.rope(x, cos, sin, positions, headSize, inverse);
        if (both) kernels.rope(x, cos, sin, positions, headSize, !inverse);
        return [await kernels.read(both ? x : wholeOf(x))];
      };
      await harness.same(work(false, false));
      await harness.same(work(true, false));
      const [back] = await harness.run(work(false, true));
      expectClose(back as Float32Array, values, 1e-6, 'turned back');
    });

  test('the inverse is the gradient', () =>
    harness.slopes(
      [numbers(3 * 8, 1)],
      async (kernels, [x]) => {
        const { cos, sin } = tables(kernels, 12, 4);
        const y = kernels.upload(x as Float32Array, [3, 8]);
        kernels.rope(y, cos, sin, kernels.upload(Int32Array.from([0, 7, 11]), [3]), 4);
        return kernels.read(y);
      },
      async (kernels, _values, weights) => {
        const { cos, sin } = tables(kernels, 12, 4);
        const dy = kernels.upload(weights, [3, 8]);
        kernels.rope(dy, cos, sin, kernels.upload(Int32Array.from([0, 7, 11]), [3]), 4, true);
        return [await kernels.read(dy)];
      },
    ));
}
