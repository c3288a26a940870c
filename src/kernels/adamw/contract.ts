import { test } from 'vitest';
import type { Kernels } from '../kernels';
import { expectClose, type Harness, numbers, partOf } from '../testing/harness';

const options = { learningRate: 0.02, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
const steps = 3;

/** torch.optim.AdamW after torch.nn.utils.clip_grad_norm_, one element after the other, in f64. */
function byHand(size: number, maxNorm: number): [Float32Array, Float32Array, Float32Array] {
  const p = Float64Array.from(numbers(size, 1));
  const m = new Float64Array(size);
  const v = new Float64Array(size);
  for (let step = 1; step <= steps; step++) {
    const g = Float64Array.from(numbers(size, 10 + step));
    const norm = Math.sqrt(g.reduce((sum, value) => sum + value * value, 0));
    const clip = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
    for (let index = 0; index < size; index++) {
      const gradient = (g[index] ?? 0) * clip;
      const first = options.beta1 * (m[index] ?? 0) + (1 - options.beta1) * gradient;
      const second = options.beta2 * (v[index] ?? 0) + (1 - options.beta2) * gradient * gradient;
      m[index] = first;
      v[index] = second;
      const decayed = (p[index] ?? 0) * (1 - options.learningRate * options.weightDecay);
      const root = Math.sqrt(second / (1 - options.beta2 ** step)) + options.epsilon;
      p[index] = decayed - (options.learningRate * (first / (1 - options.beta1 ** step))) / root;
    }
  }
  return [Float32Array.from(p), Float32Array.from(m), Float32Array.from(v)];
}

async function byKernel(kernels: Kernels, size: number, maxNorm: number): Promise<Float32Array[]> {
  const p = partOf(kernels, numbers(size, 1), [size]);
  const m = kernels.zeros([size]);
  const v = kernels.zeros([size]);
  for (let step = 1; step <= steps; step++) {
    const g = kernels.upload(numbers(size, 10 + step), [size]);
    kernels.adamw(p, g, m, v, kernels.sumSquares(g), { ...options, maxNorm, step });
  }
  return [await kernels.read(p), await kernels.read(m), await kernels.read(v)];
}

export function adamwContract(harness: Harness): void {
  for (const size of [1, 6, 1003])
    for (const maxNorm of [0, 0.5, 1e9])
      test(`${steps} steps of ${size} parameters by hand, maxNorm ${maxNorm}`, async () => {
        const actual = await harness.run((kernels) => byKernel(kernels, size, maxNorm));
        for (const [index, expected] of byHand(size, maxNorm).entries())
          expectClose(actual[index] as Float32Array, expected, 1e-5, ['p', 'm', 'v'][index] ?? '');
      });

  test('a zero gradient moves nothing but by weight decay', () =>
    harness.same(async (kernels) => {
      const p = kernels.upload(numbers(8, 1), [8]);
      const g = kernels.zeros([8]);
      const [m, v] = [kernels.zeros([8]), kernels.zeros([8])];
      kernels.adamw(p, g, m, v, kernels.sumSquares(g), { ...options, maxNorm: 1, step: 1 });
      return [await kernels.read(p)];
    }));
}
