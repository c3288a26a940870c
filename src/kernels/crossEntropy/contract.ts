import { test } from 'vitest';
import type { Kernels, Smoothing } from '../kernels';
import { reshape, type View } from '../runtime/view';
import { type Harness, integers, numbers } from '../testing/harness';

/** Runs V columns in blocks of `width`; the gradient blocks laid side by side as [blocks, M, width…]. */
async function sweep(
  kernels: Kernels,
  values: Float32Array,
  rows: number,
  columns: number,
  width: number,
  scale: number,
  smoothing?: Smoothing,
) {
  const targets = kernels.upload(integers(rows, columns, 5), [rows]);
  const state = kernels.crossEntropyStart(rows);
  const blocks: { first: number; logits: View }[] = [];
  for (let first = 0; first < columns; first += width) {
    const count = Math.min(width, columns - first);
    const part = Float32Array.from(
      { length: rows * count },
      (_, index) => values[Math.floor(index / count) * columns + first + (index % count)] ?? 0,
    );
    blocks.push({ first, logits: kernels.upload(part, [rows, count]) });
  }
  for (const { first, logits } of blocks) kernels.crossEntropy(logits, targets, first, state);
  const seen = await kernels.read(state);
  for (const { first, logits } of blocks) kernels.crossEntropyBackward(logits, targets, first, state, scale, smoothing);
  return { state: seen, gradients: await Promise.all(blocks.map(({ logits }) => kernels.read(logits))) };
}

export function crossEntropyContract(harness: Harness): void {
  for (const [rows, columns, width] of [
    [1, 1, 1],
    [1, 7, 7],
    [3, 10, 4],
    [5, 130, 64],
    [17, 1000, 1000],
    [6, 4100, 2048],
    [70_000, 3, 2],
  ] as const)
    test(`state and gradient: [${rows}, ${columns}] in blocks of ${width}`, () =>
      harness.same(async (kernels) => {
        const { state, gradients } = await sweep(kernels, numbers(rows * columns, 1, 4), rows, columns, width, 0.25);
        const picked = (column: number): Float32Array => state.filter((_, index) => index % 4 === column);
        return [picked(0), picked(1), picked(2), picked(3), ...gradients];
      }));

  test('large logits; ties go to the lowest column', () =>
    harness.same(async (kernels) => {
      const values = Float32Array.from([1e4, -1e4, 1e4, 1e4, -3e4, -3e4, -3e4, -3e4]);
      const { state, gradients } = await sweep(kernels, values, 2, 4, 2, 1);
      return [state, ...gradients];
    }));

  test('gradient of Σ (max + ln Σ − target’s logit)', () =>
    harness.slopes(
      [numbers(4 * 9, 1, 2)],
      async (kernels, [logits]) => {
        const { state } = await sweep(kernels, logits as Float32Array, 4, 9, 9, 1);
        // One loss a row; the harness weighs rows, the kernel does not, so give their sum.
        const sum = [0, 1, 2, 3].reduce((total, row) => {
          const [max = 0, e = 0, target = 0] = state.subarray(4 * row);
          return total + max + Math.log(e) - target;
        }, 0);
        return Float32Array.from([sum]);
      },
      async (kernels, [logits], weights) => {
        const { gradients } = await sweep(kernels, logits as Float32Array, 4, 9, 9, weights[0] ?? 0);
        return gradients;
      },
    ));

  test.each([
    [1, 7, 7],
    [5, 130, 64],
    [6, 4100, 2048],
  ] as const)('label smoothing: gradient of [%i, %i] in blocks of %i', (rows, columns, width) =>
    harness.same(async (kernels) => {
      const smoothing = { targetLess: 0.1, everyColumn: 0.1 / columns };
      const values = numbers(rows * columns, 1, 4);
      return (await sweep(kernels, values, rows, columns, width, 0.25, smoothing)).gradients;
    }),
  );

  test('label smoothing: gradient of Σ (max + ln Σ − (1 − ε)·target’s logit − ε·mean logit)', () =>
    harness.slopes(
      [numbers(4 * 9, 1, 2)],
      async (kernels, [logits]) => {
        const values = logits as Float32Array;
        const { state } = await sweep(kernels, values, 4, 9, 9, 1);
        const sum = [0, 1, 2, 3].reduce((total, row) => {
          const [max = 0, e = 0, target = 0] = state.subarray(4 * row);
          const mean = values.subarray(9 * row, 9 * row + 9).reduce((a, b) => a + b, 0) / 9;
          return total + max + Math.log(e) - 0.7 * target - 0.3 * mean;
        }, 0);
        return Float32Array.from([sum]);
      },
      async (kernels, [logits], weights) => {
        const smoothing = { targetLess: 0.3, everyColumn: 0.3 / 9 };
        return (await sweep(kernels, logits as Float32Array, 4, 9, 9, weights[0] ?? 0, smoothing)).gradients;
      },
    ));

  test('a view of another shape as logits', () =>
    harness.same(async (kernels) => {
      const logits = reshape(kernels.upload(numbers(24, 1), [24]), [4, 6]);
      const targets = kernels.upload(Int32Array.from([5, 0, 2, 2]), [4]);
      const state = kernels.crossEntropyStart(4);
      kernels.crossEntropy(logits, targets, 0, state);
      return [await kernels.read(state)];
    }));
}
