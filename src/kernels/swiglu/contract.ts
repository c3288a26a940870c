import { test } from 'vitest';
import { type Harness, numbers, partOf } from '../testing/harness';

export function swigluContract(harness: Harness): void {
  for (const [rows, width] of [
    [1, 1],
    [3, 5],
    [7, 64],
    [300, 333],
  ] as const)
    test(`forward and backward, [${rows}, ${width}]`, () =>
      harness.same(async (kernels) => {
        const shape = [rows, width];
        // Gates to ±30: e^(−x) must not overflow into NaN.
        const gate = partOf(kernels, numbers(rows * width, 1, 10), shape);
        const up = kernels.upload(numbers(rows * width, 2), shape);
        const dy = kernels.upload(numbers(rows * width, 3), shape);
        const { dGate, dUp } = kernels.swigluBackward(dy, gate, up);
        return Promise.all([kernels.swiglu(gate, up), dGate, dUp].map((result) => kernels.read(result)));
      }));

  test('gates far from zero', () =>
    harness.same(async (kernels) => {
      const gate = kernels.upload(Float32Array.from([-200, -100, -88, 0, 88, 100, 200]), [7]);
      const up = kernels.upload(new Float32Array(7).fill(1), [7]);
      const { dGate, dUp } = kernels.swigluBackward(up, gate, up);
      return Promise.all([kernels.swiglu(gate, up), dGate, dUp].map((result) => kernels.read(result)));
    }));

  test('gradients to gate and up', () =>
    harness.slopes(
      [numbers(40, 1), numbers(40, 2)],
      async (kernels, [gate, up]) =>
        kernels.read(
          kernels.swiglu(kernels.upload(gate as Float32Array, [4, 10]), kernels.upload(up as Float32Array, [4, 10])),
        ),
      async (kernels, [gate, up], weights) => {
        const { dGate, dUp } = kernels.swigluBackward(
          kernels.upload(weights, [4, 10]),
          kernels.upload(gate as Float32Array, [4, 10]),
          kernels.upload(up as Float32Array, [4, 10]),
        );
        return [await kernels.read(dGate), await kernels.read(dUp)];
      },
    ));
}
