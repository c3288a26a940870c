// Numbers under 1.2e-38 make a product take twice as long: a model that knows its rows by heart must not leave any.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { causalRanges } from './attention/contract';
import type { View } from './runtime/view';
import { integers, numbers } from './testing/harness';
import { openWasm, type WasmDevice } from './wasm';

const smallestNormal = 2 ** -126;
let device: WasmDevice;

beforeAll(async () => {
  execFileSync(process.execPath, [fileURLToPath(new URL('./simd/build.mjs', import.meta.url))]);
  device = await openWasm({ threads: 1 });
}, 60_000);
afterAll(() => device.dispose());

async function denormals(view: View): Promise<number> {
  const values = await device.kernels.read(view);
  return values.filter((value) => value !== 0 && Math.abs(value) < smallestNormal).length;
}

test('cross-entropy of logits that are sure of themselves', async () => {
  const { kernels } = device;
  const [rows, columns] = [40, 1003];
  const logits = kernels.upload(numbers(rows * columns, 1, 60), [rows, columns]);
  const targets = kernels.upload(integers(rows, columns, 2), [rows]);
  const state = kernels.crossEntropyStart(rows);
  kernels.crossEntropy(logits, targets, 0, state);
  kernels.crossEntropyBackward(logits, targets, 0, state, 1e-3);
  expect(await denormals(logits)).toBe(0);
});

test('attention that looks at single keys, with a gradient next to nothing', async () => {
  const { kernels } = device;
  const [rows, size] = [67, 16];
  const of = (seed: number, scale: number): View => kernels.upload(numbers(rows * size, seed, scale), [rows, size]);
  const [q, k, v, dO] = [of(1, 5), of(2, 5), of(3, 1), of(4, 1e-12)];
  const { keyRange, queryRange } = causalRanges([rows]);
  const shape = { heads: 1, kvHeads: 1, headSize: size, scale: 1 };
  const keys = kernels.upload(keyRange, [rows, 2]);
  const { o, lse } = kernels.attention(q, k, v, keys, shape);
  const forward = { q, k, v, o, lse };
  const gradients = kernels.attentionBackward(dO, forward, keys, kernels.upload(queryRange, [rows, 2]), shape);
  for (const view of [o, gradients.dq, gradients.dk, gradients.dv]) expect(await denormals(view)).toBe(0);
});

test('AdamW’s moments of parameters whose gradient has ended', async () => {
  const { kernels } = device;
  const size = 11;
  const [p, m, v] = [kernels.upload(numbers(size, 1), [size]), kernels.zeros([size]), kernels.zeros([size])];
  const options = { learningRate: 0.1, beta1: 0.5, beta2: 0.5, epsilon: 1e-8, weightDecay: 0, maxNorm: 0 };
  const gradients = [kernels.upload(numbers(size, 2), [size]), kernels.zeros([size])];
  for (let step = 1; step <= 130; step++) {
    const gradient = gradients[step === 1 ? 0 : 1] as View;
    kernels.adamw(p, gradient, m, v, kernels.sumSquares(gradient), { ...options, step });
  }
  expect([await denormals(m), await denormals(v)]).toEqual([0, 0]);
});

// Behind a saturated gate, or a key that nobody looks at, a gradient shrinks by up to 1e-14 at each layer: after some layers a
// product is denormal. What is under 2^-60 ends where it arises.
describe('gradients of all sizes leave none so faint that the next layers make it denormal', () => {
  const [rows, size] = [67, 18];
  const faint = async (view: View): Promise<number> => {
    const values = await device.kernels.read(view);
    expect(values.some((value) => value !== 0)).toBe(true);
    return values.filter((value) => value !== 0 && Math.abs(value) < 2 ** -60).length;
  };
  const upload = (values: Float32Array): View => device.kernels.upload(values, [rows, size]);
  /** From 1 to 1e-36, one size a row. */
  const ofAllSizes = (seed: number): View =>
    upload(numbers(rows * size, seed).map((value, index) => value * 10 ** -(Math.floor(index / size) % 37)));

  test('gates', async () => {
    const [gate, up] = [upload(numbers(rows * size, 2, 40)), upload(numbers(rows * size, 3))];
    const { dGate, dUp } = device.kernels.swigluBackward(ofAllSizes(1), gate, up);
    expect([await faint(dGate), await faint(dUp)]).toEqual([0, 0]);
    const shut = upload(numbers(rows * size, 2, 200));
    expect(await denormals(device.kernels.swiglu(shut, up))).toBe(0);
  });

  test('norms', async () => {
    const weight = device.kernels.upload(numbers(size, 4), [size]);
    const { h, rstd } = device.kernels.rmsNorm(upload(numbers(rows * size, 5)), weight, 1e-6);
    expect(await faint(device.kernels.rmsNormBackward(ofAllSizes(1), h, weight, rstd))).toBe(0);
    expect(await faint(device.kernels.rmsNormBackward(ofAllSizes(1), h, weight, rstd, ofAllSizes(6)))).toBe(0);
  });

  test('attention', async () => {
    const { kernels } = device;
    const [q, k, v] = [upload(numbers(rows * size, 7, 5)), upload(numbers(rows * size, 8, 5)), ofAllSizes(9)];
    const { keyRange, queryRange } = causalRanges([rows]);
    const shape = { heads: 1, kvHeads: 1, headSize: size, scale: 1 };
    const keys = kernels.upload(keyRange, [rows, 2]);
    const forward = { q, k, v, ...kernels.attention(q, k, v, keys, shape) };
    const queries = kernels.upload(queryRange, [rows, 2]);
    const { dq, dk } = kernels.attentionBackward(ofAllSizes(10), forward, keys, queries, shape);
    expect([await denormals(dq), await denormals(dk)]).toEqual([0, 0]);
  });
});
