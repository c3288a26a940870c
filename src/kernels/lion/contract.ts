import { expect, test } from 'vitest';
import { expectClose, type Harness, numbers, partOf, wholeOf } from '../testing/harness';

const options = { learningRate: 0.02, beta1: 0.9, beta2: 0.95, weightDecay: 0.1 };
const steps = 3;

/** Lion's algorithm 2 after torch.nn.utils.clip_grad_norm_, one element after the other, in f64. */
function byHand(size: number, maxNorm: number): [Float32Array, Float32Array] {
  const p = Float64Array.from(numbers(size, 1));
  const m = new Float64Array(size);
  for (let step = 1; step <= steps; step++) {
    const g = Float64Array.from(numbers(size, 10 + step));
    const norm = Math.sqrt(g.reduce((sum, value) => sum + value * value, 0));
    const clip = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
    g.forEach((value, index) => {
      const [gradient, momentum] = [value * clip, m[index] ?? 0];
      const direction = Math.sign(options.beta1 * momentum + (1 - options.beta1) * gradient);
      const decayed = (p[index] ?? 0) * (1 - options.learningRate * options.weightDecay);
      p[index] = decayed - options.learningRate * direction;
      m[index] = options.beta2 * momentum + (1 - options.beta2) * gradient;
    });
  }
  return [Float32Array.from(p), Float32Array.from(m)];
}

export function lionContract(harness: Harness): void {
  for (const size of [1, 6, 1003, 4096])
    for (const maxNorm of [0, 0.5, 1e9])
      test(`${steps} steps of ${size} parameters by hand, maxNorm ${maxNorm}`, async () => {
        const actual = await harness.run(async (kernels) => {
          const p = partOf(kernels, numbers(size, 1), [size]);
          const m = kernels.zeros([size]);
          for (let step = 1; step <= steps; step++) {
            const g = kernels.upload(numbers(size, 10 + step), [size]);
            kernels.lion(p, g, m, kernels.sumSquares(g), { ...options, maxNorm });
          }
          return [await kernels.read(p), await kernels.read(m)];
        });
        for (const [index, expected] of byHand(size, maxNorm).entries())
          expectClose(actual[index] as Float32Array, expected, 1e-6, ['p', 'm'][index] ?? '');
      });

  test('a zero gradient without memory moves nothing but by weight decay', async () => {
    const [still, decayed] = await harness.run(async (kernels) => {
      const results = [];
      for (const weightDecay of [0, 0.1]) {
        const p = kernels.upload(numbers(8, 1), [8]);
        const g = kernels.zeros([8]);
        kernels.lion(p, g, kernels.zeros([8]), kernels.sumSquares(g), { ...options, weightDecay, maxNorm: 1 });
        results.push(await kernels.read(p));
      }
      return results;
    });
    expect(still).toEqual(numbers(8, 1));
    expectClose(
      decayed as Float32Array,
      numbers(8, 1).map((value) => value * (1 - 0.02 * 0.1)),
      1e-6,
      'p',
    );
  });

  test('writes its parts of buffers, in place, and leaves the gradient', () =>
    harness.same(async (kernels) => {
      const [p, g, m] = [1, 2, 3].map((seed) => partOf(kernels, numbers(130, seed), [130])) as [
        ReturnType<typeof partOf>,
        ReturnType<typeof partOf>,
        ReturnType<typeof partOf>,
      ];
      kernels.lion(p, g, m, kernels.sumSquares(g), { ...options, maxNorm: 1 });
      return Promise.all([p, g, m].map((part) => kernels.read(wholeOf(part))));
    }));
}
