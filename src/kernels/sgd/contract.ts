import { test } from 'vitest';
import { expectClose, type Harness, numbers, partOf, wholeOf } from '../testing/harness';

const options = { learningRate: 0.02, weightDecay: 0.1 };
const steps = 3;

/** torch.optim.SGD after torch.nn.utils.clip_grad_norm_, one element after the other, in f64. */
function byHand(size: number, maxNorm: number): Float32Array {
  const p = Float64Array.from(numbers(size, 1));
  for (let step = 1; step <= steps; step++) {
    const g = Float64Array.from(numbers(size, 10 + step));
    const norm = Math.sqrt(g.reduce((sum, value) => sum + value * value, 0));
    const clip = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
    g.forEach((value, index) => {
      const slope = value * clip + options.weightDecay * (p[index] ?? 0);
      p[index] = (p[index] ?? 0) - options.learningRate * slope;
    });
  }
  return Float32Array.from(p);
}

export function sgdContract(harness: Harness): void {
  for (const size of [1, 6, 1003, 4096])
    for (const maxNorm of [0, 0.5, 1e9])
      test(`${steps} steps of ${size} parameters by hand, maxNorm ${maxNorm}`, async () => {
        const [actual = new Float32Array()] = await harness.run(async (kernels) => {
          const p = partOf(kernels, numbers(size, 1), [size]);
          for (let step = 1; step <= steps; step++) {
            const g = kernels.upload(numbers(size, 10 + step), [size]);
            kernels.sgd(p, g, kernels.sumSquares(g), { ...options, maxNorm });
          }
          return [await kernels.read(p)];
        });
        expectClose(actual, byHand(size, maxNorm), 1e-6, 'p');
      });

  test('writes its part of a buffer, in place, and leaves the gradient', () =>
    harness.same(async (kernels) => {
      const p = partOf(kernels, numbers(130, 1), [130]);
      const g = partOf(kernels, numbers(130, 2), [130]);
      kernels.sgd(p, g, kernels.sumSquares(g), { ...options, maxNorm: 1 });
      return [await kernels.read(wholeOf(p)), await kernels.read(wholeOf(g))];
    }));
}
