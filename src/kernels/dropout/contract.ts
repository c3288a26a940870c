import { expect, test } from 'vitest';
import { dropoutHash } from '../runtime/dropoutHash';
import { type Harness, numbers, partOf } from '../testing/harness';

export function dropoutContract(harness: Harness): void {
  test('keeps exactly the elements that dropoutHash keeps', async () => {
    for (const [size, rate, seed] of [
      [1, 0.5, 1],
      [1001, 0.1, 12345],
      [4096, 0.3, 0xdeadbeef],
      [4099, 0.75, -7],
      [50, 0, 3],
    ] as const) {
      const [kept] = await harness.run(async (kernels) => {
        const ones = kernels.upload(new Float32Array(size).fill(1), [size]);
        return [await kernels.read(kernels.dropout(ones, rate, seed))];
      });
      const keep = 1 / (1 - rate);
      for (const [index, value] of (kept as Float32Array).entries()) {
        const wanted = dropoutHash(seed, index) >= rate * 2 ** 32 ? keep : 0;
        expect(Math.abs(value - wanted), `element ${index} of ${size}`).toBeLessThan(1e-6);
      }
    }
  });

  test('scales what it keeps, also parts of buffers; the gradient is the same call', () =>
    harness.same(async (kernels) => {
      const x = partOf(kernels, numbers(37 * 9, 1), [37, 9]);
      return [await kernels.read(kernels.dropout(x, 0.2, 99))];
    }));
}
