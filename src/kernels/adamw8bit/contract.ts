import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Kernels } from '../kernels';
import { dropoutHash } from '../runtime/dropoutHash';
import { expectClose, type Harness, numbers, partOf, wholeOf } from '../testing/harness';
import { blockSize, dynamicMap, quantizationMaps, stateSizes } from './dynamicMap';

/** Made by tools/fixtures/engine/makeAdamw8bit.py: the published algorithm in PyTorch. */
interface Reference {
  count: number;
  steps: number;
  maxNorm: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  signedMap: number[];
  unsignedMap: number[];
  p: number[];
  m: number[];
  v: number[];
}
const reference = JSON.parse(readFileSync(new URL('fixtures/reference.json', import.meta.url), 'utf8')) as Reference;

const noise = (seed: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => (dropoutHash(seed, index) >>> 8) / 2 ** 23 - 1);

const freshState = (kernels: Kernels, size: number) => {
  const { codes, scales } = stateSizes(size);
  const maps = quantizationMaps();
  return {
    codes: kernels.upload(new Int32Array(codes), [codes]),
    scales: kernels.zeros([scales]),
    maps: kernels.upload(maps, [maps.length]),
  };
};

/** m and v of a state, from their codes. */
async function momentsOf(kernels: Kernels, size: number, state: ReturnType<typeof freshState>) {
  const bytes = new Uint8Array((await kernels.readInts(state.codes)).buffer);
  const scales = await kernels.read(state.scales);
  const blocks = scales.length / 2;
  const values = (map: Float32Array, from: number): Float32Array =>
    Float32Array.from({ length: size }, (_, index) => {
      const code = bytes[from * blockSize + index] ?? 0;
      return (map[code] ?? 0) * (scales[from + Math.floor(index / blockSize)] ?? 0);
    });
  return { m: values(dynamicMap(true), 0), v: values(dynamicMap(false), blocks) };
}

export function adamw8bitContract(harness: Harness): void {
  test('the maps are those of the reference, to two units of the last place (torch rounds on its way)', () => {
    for (const [map, expected] of [
      [dynamicMap(true), reference.signedMap],
      [dynamicMap(false), reference.unsignedMap],
    ] as const) {
      expect(map).toHaveLength(256);
      expected.forEach((value, code) =>
        expect(Math.abs((map[code] ?? NaN) - value)).toBeLessThanOrEqual(2.4e-7 * Math.abs(value)),
      );
    }
  });

  test(`${reference.steps} steps of ${reference.count} parameters as the reference, gradients over seven decades`, async () => {
    const { count, steps } = reference;
    const [p = [], m = [], v = []] = await harness.run(async (kernels) => {
      const values = partOf(kernels, noise(1, count), [count]);
      const state = freshState(kernels, count);
      for (let step = 1; step <= steps; step++) {
        const gradient = noise(9 + step, count).map((value, index) =>
          index >= 256 && index < 512 ? 0 : value * 10 ** -(index % 7),
        );
        const g = kernels.upload(gradient, [count]);
        kernels.adamw8bit(values, g, state, kernels.sumSquares(g), { ...reference, step });
      }
      const moments = await momentsOf(kernels, count, state);
      return [await kernels.read(values), moments.m, moments.v];
    });
    // A moment that lies on a border may be rounded to either side, by the last bit of a product: few do, and by one step of the map.
    const differing = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number): number =>
      expected.filter((value, index) => !(Math.abs((actual[index] ?? NaN) - value) <= tolerance)).length;
    expect(differing(m, reference.m, 1e-6 * Math.max(...reference.m.map(Math.abs)))).toBeLessThan(count / 100);
    expect(differing(v, reference.v, 1e-6 * Math.max(...reference.v))).toBeLessThan(count / 100);
    expect(differing(p, reference.p, 1e-6)).toBeLessThan(count / 50);
    expectClose(p as Float32Array, Float32Array.from(reference.p), 1e-3, 'p');
  });

  test.each([1, 255, 256, 257, 1003, 70_000])('a step of %i parameters as the oracle', async (size) => {
    const options = { learningRate: 0.02, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxNorm: 1 };
    const work = async (kernels: Kernels): Promise<Float32Array[]> => {
      const p = partOf(kernels, numbers(size, 1), [size]);
      const state = freshState(kernels, size);
      for (const step of [1, 2]) {
        const g = kernels.upload(numbers(size, 1 + step), [size]);
        kernels.adamw8bit(p, g, state, kernels.sumSquares(g), { ...options, step });
      }
      return [await kernels.read(wholeOf(p)), await kernels.read(state.scales)];
    };
    const [actual, expected] = [await harness.run(work), await harness.expected(work)];
    expectClose(actual[1] as Float32Array, expected[1] as Float32Array, 1e-2, 'scales');
    // The second step reads rounded moments: see above.
    expectClose(actual[0] as Float32Array, expected[0] as Float32Array, 2e-4, 'p');
  });

  test('one step: exact but for rounding, and the padding of the last block stays zero', () =>
    harness.same(async (kernels) => {
      const p = partOf(kernels, numbers(700, 1), [700]);
      const state = freshState(kernels, 700);
      const g = kernels.upload(numbers(700, 2), [700]);
      const sumSq = kernels.sumSquares(g);
      const options = {
        learningRate: 0.02,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0.1,
        maxNorm: 0,
        step: 1,
      };
      kernels.adamw8bit(p, g, state, sumSq, options);
      const padding = (await kernels.readInts(state.codes)).filter((_, word) => word % 192 >= 175);
      return [await kernels.read(wholeOf(p)), await kernels.read(state.scales), Float32Array.from(padding)];
    }));
}
