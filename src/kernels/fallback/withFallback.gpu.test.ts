import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TunesmithError } from '../../lib/errors';
import { causalRanges } from '../attention/contract';
import type { Kernels } from '../kernels';
import { createPlainKernels } from '../plain';
import { openWebgpuDevice, type WebgpuDevice } from '../runtime/webgpuDevice';
import { WebgpuRunner } from '../runtime/webgpuRunner';
import type { Operand, View } from '../runtime/view';
import { expectClose, integers, numbers } from '../testing/harness';
import { createWebgpuKernels } from '../webgpu';
import { again } from './again';
import { KernelHealth, type Fallback } from './kernelHealth';
import { ops, withFallback } from './withFallback';

/** How a shader is broken: its source, or the making of its pipeline. */
type Damage = 'source' | 'pipeline';

let opened: WebgpuDevice;
const errors: string[] = [];

/** Kernels of a device on which every shader of ours is broken; tfjs's are not, which have no labels of ours. */
function broken(damage: Damage, ahead: boolean, isBroken: (label: string) => boolean = () => true) {
  const { device, backend } = opened;
  const rigged = new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (descriptor: GPUShaderModuleDescriptor & GPUComputePipelineDescriptor) => {
        const whole = typeof descriptor === 'object' && isBroken(descriptor.label ?? '');
        const change: object =
          whole && name === 'createShaderModule' && damage === 'source'
            ? { code: `${descriptor.code}\n nonsense` }
            : whole && damage === 'pipeline' && /^createComputePipeline/.test(String(name))
              ? { compute: { ...descriptor.compute, entryPoint: 'missing' } }
              : {};
        const wanted =
          typeof descriptor === 'object' && !('getMappedRange' in descriptor)
            ? { ...descriptor, ...change }
            : descriptor;
        return (value as (...given: unknown[]) => unknown).call(target, wanted);
      };
    },
  });
  const health = new KernelHealth();
  const fallbacks: Fallback[] = [];
  health.listen((fallback) => fallbacks.push(fallback));
  const runner = new WebgpuRunner(rigged, backend, 32, health);
  const kernels = withFallback(createWebgpuKernels(runner), runner, health);
  return { kernels, fallbacks, ahead };
}

/** One call of an operation and what it gave or changed. */
type Call = (on: Kernels) => Operand[];
const [rows, width] = [12, 16];
const shape = { heads: 2, kvHeads: 1, headSize: 8, scale: 0.3 };
const step = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maxNorm: 1, step: 1 };
const matrix = (on: Kernels, seed: number): View => on.upload(numbers(rows * width, seed), [rows, width]);
const vector = (on: Kernels, seed: number, length = width): View =>
  on.upload(
    numbers(length, seed).map((value) => 1 + Math.abs(value)),
    [length],
  );
const whole = (on: Kernels, values: Int32Array, sides = [values.length]): View => on.upload(values, sides);
const changed = (target: View, change: (target: View) => void): Operand[] => {
  change(target);
  return [target];
};
/** A part of a larger buffer. */
const part = (on: Kernels, seed: number): View => ({
  storage: on.upload(numbers(rows * width + 80, seed), [rows * width + 80]).storage,
  offset: 64,
  shape: [rows, width],
});
const attended = (on: Kernels) => {
  const [q, k, v] = [matrix(on, 1), on.upload(numbers(96, 2), [12, 8]), on.upload(numbers(96, 3), [12, 8])];
  const { keyRange, queryRange } = causalRanges([5, 7]);
  return { q, k, v, keys: whole(on, keyRange, [rows, 2]), queries: whole(on, queryRange, [rows, 2]) };
};

const calls: Partial<Record<(typeof ops)[number], Call>> = {
  matmul(on) {
    const target = part(on, 3);
    on.matmul(matrix(on, 1), on.upload(numbers(width * width, 2), [width, width]), {
      out: target,
      accumulate: true,
      bias: vector(on, 4),
    });
    return [target, on.matmul(matrix(on, 1), matrix(on, 2), { transposeB: true, alpha: 0.5 })];
  },
  gatherRows: (on) => [on.gatherRows(matrix(on, 1), whole(on, integers(5, rows, 2)))],
  scatterRows: (on) => [
    on.scatterRows(
      matrix(on, 1),
      whole(
        on,
        Int32Array.from({ length: rows }, (_, row) => 19 - row),
      ),
      20,
    ),
  ],
  rmsNorm(on) {
    const { y, h, rstd } = on.rmsNorm(matrix(on, 1), vector(on, 2), 1e-6, matrix(on, 3));
    return [y, h, rstd];
  },
  rmsNormBackward: (on) => [
    on.rmsNormBackward(matrix(on, 1), matrix(on, 2), vector(on, 3), vector(on, 4, rows), matrix(on, 5)),
  ],
  rope: (on) =>
    changed(part(on, 1), (x) => {
      on.rope(
        x,
        on.upload(numbers(16, 2), [4, 4]),
        on.upload(numbers(16, 3), [4, 4]),
        whole(on, integers(rows, 4, 4)),
        8,
      );
    }),
  attention(on) {
    const { q, k, v, keys } = attended(on);
    const { o, lse } = on.attention(q, k, v, keys, shape);
    return [o, lse];
  },
  attentionBackward(on) {
    const { q, k, v, keys, queries } = attended(on);
    const forward = { q, k, v, o: matrix(on, 6), lse: on.upload(numbers(24, 7), [12, 2]) };
    const { dq, dk, dv } = on.attentionBackward(matrix(on, 5), forward, keys, queries, shape);
    return [dq, dk, dv];
  },
  swiglu: (on) => [on.swiglu(matrix(on, 1), matrix(on, 2))],
  swigluBackward(on) {
    const { dGate, dUp } = on.swigluBackward(matrix(on, 1), matrix(on, 2), matrix(on, 3));
    return [dGate, dUp];
  },
  add: (on) => [on.add(matrix(on, 1), matrix(on, 2))],
  addInto: (on) => changed(part(on, 1), (target) => on.addInto(target, matrix(on, 2))),
  dropout: (on) => [on.dropout(matrix(on, 1), 0.5, 3)],
  crossEntropy: (on) =>
    changed(on.crossEntropyStart(rows), (state) =>
      on.crossEntropy(matrix(on, 1), whole(on, integers(rows, width, 2)), 0, state),
    ),
  crossEntropyBackward: (on) =>
    changed(matrix(on, 1), (logits) => {
      const state = on.upload(
        Float32Array.from({ length: 4 * rows }, (_, at) => [2.5, 9, 1, 3][at % 4] ?? 0),
        [rows, 4],
      );
      on.crossEntropyBackward(logits, whole(on, integers(rows, width, 2)), 0, state, 0.25);
    }),
  addColumnSums: (on) => changed(vector(on, 1), (target) => on.addColumnSums(target, matrix(on, 2))),
  addNormWeightGradient: (on) =>
    changed(vector(on, 1), (target) =>
      on.addNormWeightGradient(target, matrix(on, 2), matrix(on, 3), vector(on, 4, rows)),
    ),
  scatterAddRows: (on) =>
    changed(matrix(on, 1), (target) =>
      on.scatterAddRows(
        target,
        matrix(on, 2),
        whole(
          on,
          Int32Array.from({ length: rows }, (_, row) => 11 - row),
        ),
        whole(on, Int32Array.of(1, 0, 5, 0, 5, 12), [2, 3]),
      ),
    ),
  sumSquares: (on) => [on.sumSquares(matrix(on, 1))],
  adamw(on) {
    const [p, m, v] = [matrix(on, 1), matrix(on, 3), on.upload(numbers(rows * width, 4).map(Math.abs), [rows, width])];
    on.adamw(p, matrix(on, 2), m, v, vector(on, 5, 1), step);
    return [p, m, v];
  },
  sgd: (on) => changed(matrix(on, 1), (p) => on.sgd(p, matrix(on, 2), vector(on, 3, 1), step)),
  lion(on) {
    const [p, m] = [matrix(on, 1), matrix(on, 3)];
    on.lion(p, matrix(on, 2), m, vector(on, 4, 1), step);
    return [p, m];
  },
  rowSquares: (on) => [on.rowSquares(matrix(on, 1))],
  doraNorms(on) {
    const [norms, factors] = [vector(on, 1, rows), vector(on, 2, rows)];
    const of = {
      squares: vector(on, 3, rows),
      b: matrix(on, 4),
      wa: on.upload(numbers(rows * width, 5), [width, rows]),
      bg: matrix(on, 6),
      m: vector(on, 7, rows),
    };
    on.doraNorms({ ...of, squares: on.upload(new Float32Array(rows).fill(400), [rows]) }, 0.5, norms, factors);
    return [norms, factors];
  },
  scaleColumns: (on) => [on.scaleColumns(matrix(on, 1), vector(on, 2), { bias: vector(on, 3), less: 1 })],
  columnDots: (on) =>
    changed(vector(on, 1), (target) => on.columnDots(target, matrix(on, 2), matrix(on, 3), vector(on, 4))),
  sample(on) {
    const [token, drawn] = [whole(on, Int32Array.of(0)), whole(on, new Int32Array(4))];
    const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
    on.sample(on.upload(numbers(50, 1), [50]), { seen: whole(on, new Int32Array(2)), token, drawn }, 2, greedy);
    return [token, drawn];
  },
  fill: (on) => changed(part(on, 1), (target) => on.fill(target, -2.5)),
  copy: (on) => changed(matrix(on, 1), (target) => on.copy(part(on, 2), target)),
  zeros: (on) => [on.zeros([7])],
};

async function resultsOf(call: Call, on: Kernels): Promise<Float32Array[]> {
  tf.engine().startScope('test');
  try {
    return await Promise.all(call(on).map((result) => on.read(result)));
  } finally {
    tf.engine().endScope();
  }
}

const expected = new Map<string, Float32Array[]>();

beforeAll(async () => {
  await tf.setBackend('cpu');
  const oracle = createPlainKernels();
  for (const [op, call] of Object.entries(calls)) expected.set(op, await resultsOf(call, oracle));
  opened = await openWebgpuDevice({ onError: (message) => errors.push(message) });
}, 60_000);
afterAll(() => {
  opened.close();
  expect(errors).toEqual([]);
});

test('every operation that has a plain version is tried', () => {
  expect(Object.keys(calls).sort()).toEqual(ops.filter((op) => op !== 'adamw8bit').sort());
});

describe.each<[Damage, boolean]>([
  ['source', false],
  ['pipeline', true],
])('broken %s of every shader (compiled ahead: %s)', (damage, ahead) => {
  let rig: ReturnType<typeof broken>;
  beforeAll(() => {
    rig = broken(damage, ahead);
  });

  test.each(Object.entries(calls))('%s: its plain version, the same numbers, one warning', async (op, call) => {
    const { kernels, fallbacks } = rig;
    fallbacks.length = 0;
    const before = tf.memory().numTensors;
    if (ahead) await kernels.prepare?.(() => tf.tidy(() => void call(kernels)));
    let attempts = 0;
    const results = await again(() => {
      attempts++;
      return resultsOf(call, kernels);
    });
    // Compiled ahead, the failure is known before anything is done.
    if (ahead) expect(attempts).toBe(1);
    for (const [index, values] of (expected.get(op) ?? []).entries())
      expectClose(results[index] as Float32Array, values, 2e-5, `${op} ${index}`);
    expect(fallbacks.filter((fallback) => fallback.op === op)).toEqual([
      { op, reason: expect.stringMatching(/./) as string },
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('without a plain version: kernel/no-fallback says what to choose', async () => {
    const { kernels } = rig;
    const draw: Call = (on) => {
      const token = whole(on, Int32Array.of(0));
      const warm = { temperature: 1, topK: 3, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
      on.sample(vector(on, 1), { seen: token, token, drawn: token }, 0, warm);
      return [token];
    };
    const failure = await again(() => resultsOf(draw, kernels)).catch((error: unknown) => error as TunesmithError);
    expect(failure).toMatchObject({ code: 'kernel/no-fallback' });
  });
});

test('a packed weight is unpacked by its own kernel for the plain product; where that is broken too, there is none', async () => {
  const values = numbers(64 * 64, 1);
  const product: Call = (on) => {
    const weight = on.createWeight('int8', [64, 64]);
    on.writeWeight(weight, 0, values);
    const x = on.upload(numbers(3 * 64, 2), [3, 64]);
    const results = [on.matmul(x, weight, { transposeB: true }), on.matmul(x, weight)];
    on.disposeWeight(weight);
    return results;
  };
  const ours = (label: string): boolean => /^mat|^splitSum/.test(label);
  const intact = await resultsOf(product, broken('source', false, () => false).kernels);
  const { kernels, fallbacks } = broken('source', false, ours);
  const results = await again(() => resultsOf(product, kernels));
  for (const [index, expectedValues] of intact.entries())
    expectClose(results[index] as Float32Array, expectedValues, 2e-5, `product ${index}`);
  expect(fallbacks.map(({ op }) => op)).toEqual(['matmul']);
  const { kernels: none } = broken('source', false);
  await expect(again(() => resultsOf(product, none))).rejects.toMatchObject({ code: 'kernel/no-fallback' });
});
