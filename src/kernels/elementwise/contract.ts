import { test } from 'vitest';
import { type Harness, numbers, partOf, wholeOf } from '../testing/harness';

export function elementwiseContract(harness: Harness): void {
  for (const size of [1, 3, 4, 130, 4097, 300_001])
    test(`add, addInto, fill, copy: ${size} elements, also parts of buffers`, () =>
      harness.same(async (kernels) => {
        const a = kernels.upload(numbers(size, 1), [size]);
        const b = partOf(kernels, numbers(size, 2), [size], 20);
        const target = partOf(kernels, numbers(size, 3), [size]);
        const odd = partOf(kernels, numbers(size, 4), [size], 33);
        const sum = kernels.add(a, b);
        kernels.addInto(target, a);
        kernels.addInto(odd, b);
        const filled = partOf(kernels, numbers(size, 3), [size]);
        kernels.fill(filled, -2.5);
        const copied = partOf(kernels, numbers(size, 3), [size], 5);
        kernels.copy(b, copied);
        const whole = kernels.zeros([size]);
        kernels.copy(odd, whole);
        const results = [sum, wholeOf(target), wholeOf(odd), wholeOf(filled), wholeOf(copied), whole];
        return Promise.all(results.map((result) => kernels.read(result)));
      }));

  test('read sees what was written in place after an earlier read', () =>
    harness.same(async (kernels) => {
      const target = kernels.upload(numbers(10, 1), [10]);
      const before = await kernels.read(target);
      kernels.fill(target, 3);
      return [before, await kernels.read(target)];
    }));

  test('upload copies: writing in place leaves the caller’s array alone', () =>
    harness.same(async (kernels) => {
      const values = numbers(8, 1);
      const target = kernels.upload(values, [8]);
      kernels.fill(target, 1);
      return [await kernels.read(target), values];
    }));

  test('parts of one buffer: addInto and copy between them', () =>
    harness.same(async (kernels) => {
      const { storage } = kernels.upload(numbers(256, 1), [256]);
      const part = (offset: number, size: number) => ({ storage, offset, shape: [size] });
      kernels.addInto(part(64, 50), part(128, 50));
      kernels.copy(part(0, 30), part(192, 30));
      return [await kernels.read(storage)];
    }));

  test('int32 buffers: copy and read', () =>
    harness.same(async (kernels) => {
      const source = kernels.upload(Int32Array.from([1, -2, 3_000_001, 4, 5]), [5]);
      const target = kernels.upload(new Int32Array(5), [5]);
      kernels.copy(source, target);
      return [await kernels.read(target)];
    }, 0));
}
