import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'vitest';
import { Random } from '../../lib/random';
import type { Kernels } from '../kernels';
import { createPlainKernels } from '../plain';
import type { Operand, View } from '../runtime/view';

/** Work on one implementation: uploads, operations, reads. Run on several, its results must agree. */
export type Run = (kernels: Kernels) => Promise<Float32Array[]>;

/** What the suites of the operations share: the implementation under test, the oracle, and seeded numbers. */
export class Harness {
  #kernels: Kernels | null = null;
  #oracle: Kernels | null = null;
  #backend = 'cpu';

  /** Makes the implementation, which leaves its tfjs backend active, and the oracle on tfjs's `cpu` backend. */
  async start(makeKernels: () => Promise<Kernels>): Promise<void> {
    this.#kernels = await makeKernels();
    this.#backend = tf.getBackend();
    await tf.setBackend('cpu');
    this.#oracle = createPlainKernels();
    await tf.setBackend(this.#backend);
  }

  get kernels(): Kernels {
    if (!this.#kernels) throw new Error('harness: start first');
    return this.#kernels;
  }

  /** Runs on the implementation; tensors made on the way are freed. */
  async run(work: Run): Promise<Float32Array[]> {
    return scoped(() => work(this.kernels));
  }

  /** Runs on the oracle. */
  async expected(work: Run): Promise<Float32Array[]> {
    await tf.setBackend('cpu');
    try {
      return await scoped(() => work(this.#oracle as Kernels));
    } finally {
      await tf.setBackend(this.#backend);
    }
  }

  /** The implementation gives the oracle's numbers: max |difference| ≤ tolerance · max |expected| of each result. */
  async same(work: Run, tolerance = 1e-5): Promise<void> {
    const expected = await this.expected(work);
    const actual = await this.run(work);
    expect(actual.length).toBe(expected.length);
    for (const [index, values] of actual.entries())
      expectClose(values, expected[index] as Float32Array, tolerance, `result ${index}`);
  }

  /**
   * A gradient against central differences along random directions: for u of unit variance,
   * (L(x + εu) − L(x − εu)) / 2ε = ⟨∂L/∂x, u⟩, with L = Σ weights · forward(x), summed in f64.
   * @param forward values of the inputs → the op's result; @param gradient the same and ∂L/∂result → ∂L/∂ each input
   */
  async slopes(
    inputs: readonly Float32Array[],
    forward: (kernels: Kernels, values: readonly Float32Array[]) => Promise<Float32Array>,
    gradient: (kernels: Kernels, values: readonly Float32Array[], weights: Float32Array) => Promise<Float32Array[]>,
    { epsilon = 1e-2, tolerance = 3e-3 } = {},
  ): Promise<void> {
    const at = async (values: readonly Float32Array[]): Promise<Float32Array> =>
      (await this.run(async (kernels) => [await forward(kernels, values)]))[0] as Float32Array;
    const weights = numbers((await at(inputs)).length, 991);
    const gradients = await this.run((kernels) => gradient(kernels, inputs, weights));
    expect(gradients.length).toBe(inputs.length);
    for (const [which, input] of inputs.entries()) {
      for (let trial = 0; trial < 2; trial++) {
        const direction = numbers(input.length, 700 + 10 * which + trial);
        const loss = async (step: number): Promise<number> => {
          const moved = input.map((value, index) => value + step * (direction[index] ?? 0));
          return dot(await at(inputs.map((other, index) => (index === which ? moved : other))), weights);
        };
        const difference = ((await loss(epsilon)) - (await loss(-epsilon))) / (2 * epsilon);
        const slope = dot(gradients[which] as Float32Array, direction);
        const scale = norm(gradients[which] as Float32Array) + 1e-3;
        expect(
          Math.abs(slope - difference) / scale,
          `input ${which}: slope ${slope}, difference ${difference}`,
        ).toBeLessThan(tolerance);
      }
    }
  }
}

/** Runs asynchronous work in a tfjs scope of its own. Sequential tests only. */
async function scoped<T>(work: () => Promise<T>): Promise<T> {
  tf.engine().startScope('test');
  try {
    return await work();
  } finally {
    tf.engine().endScope();
  }
}

/** Seeded numbers, roughly normal: mean 0, variance `scale`². */
export function numbers(count: number, seed: number, scale = 1): Float32Array {
  const random = new Random(seed, 7);
  return Float32Array.from({ length: count }, () => {
    const sum = random.uniform() + random.uniform() + random.uniform() - 1.5;
    return 2 * sum * scale;
  });
}

/** Seeded integers in 0 … bound-1. */
export function integers(count: number, bound: number, seed: number): Int32Array {
  const random = new Random(seed, 8);
  return Int32Array.from({ length: count }, () => random.below(bound));
}

export const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

const norm = (a: Float32Array): number => Math.sqrt(dot(a, a));

export function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number, what: string): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  // Not below a hundredth: what cancels to nearly nothing (one token's softmax, a norm over one element) is rounding alone.
  let largest = 1e-2;
  for (const value of expected) largest = Math.max(largest, Math.abs(value));
  for (const [index, value] of actual.entries()) {
    const wanted = expected[index] ?? NaN;
    // NaN fails: the comparison is the wrong way round on purpose.
    if (!(Math.abs(value - wanted) <= tolerance * largest))
      expect.fail(`${what}[${index}]: got ${value}, expected ${wanted} (largest ${largest}, tolerance ${tolerance})`);
  }
}

/** A part of a larger buffer, at `offset` elements, holding `values`; the rest is 7, so that touching it shows. */
export function partOf(kernels: Kernels, values: Float32Array, shape: readonly number[], offset = 64): View {
  const whole = new Float32Array(offset + values.length + 9).fill(7);
  whole.set(values, offset);
  return { storage: kernels.upload(whole, [whole.length]).storage, offset, shape };
}

/** The whole buffer behind a part: shows what was written around it. */
export const wholeOf = (part: View): Operand => part.storage;

export const rowsView = (kernels: Kernels, values: readonly number[]): View =>
  kernels.upload(Int32Array.from(values), [values.length]);
