import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { causalRanges } from './attention/contract';
import type { Kernels } from './kernels';
import { rowsOf, type View } from './runtime/view';
import type { WasmBackend } from './runtime/wasmBackend';
import { expectClose, integers, numbers } from './testing/harness';
import { kernelContract } from './testing/kernelContract';
import type { WeightFormat } from './weights/weight';
import { openWasm, type WasmDevice, type WasmOptions } from './wasm';

// Threads wait for each other: on a machine with other work that takes its time.
vi.setConfig({ testTimeout: 180_000 });

beforeAll(() => {
  execFileSync(process.execPath, [fileURLToPath(new URL('./simd/build.mjs', import.meta.url))]);
});

const opened: WasmDevice[] = [];
afterAll(() => opened.forEach((device) => device.dispose()));

async function open(options: WasmOptions): Promise<WasmDevice> {
  const device = await openWasm(options);
  opened.push(device);
  return device;
}

// Node 20 has fused multiply-add only behind a flag; later versions have it, and take no notice.
setFlagsFromString('--experimental-wasm-relaxed-simd');

kernelContract('wasm, plain memory, one thread, products rounded', async () => {
  const { kernels, threads, relaxedSimd } = await open({ sharedMemory: false, relaxedSimd: false });
  expect([threads, relaxedSimd]).toEqual([1, false]);
  return kernels;
});
kernelContract('wasm, shared memory, three threads, fused multiply-add', async () => {
  const { kernels, threads, relaxedSimd } = await open({ threads: 3 });
  expect([threads, relaxedSimd]).toEqual([3, true]);
  return kernels;
});

describe('threads', () => {
  test('one, two and three threads, and plain memory, give the same bits', async () => {
    const devices = await Promise.all([
      open({ threads: 1, activate: false }),
      open({ threads: 2, activate: false }),
      open({ threads: 3, activate: false }),
      open({ sharedMemory: false, activate: false }),
    ]);
    expect(devices.map(({ threads }) => threads)).toEqual([1, 2, 3, 1]);
    expect(devices.map(({ sharedMemory }) => sharedMemory)).toEqual([true, true, true, false]);
    const [first = [], ...others] = await Promise.all(devices.map(({ kernels }) => everything(kernels)));
    expect(first.every((values) => values.every(Number.isFinite))).toBe(true);
    const bits = (values: Float32Array | undefined): Buffer =>
      Buffer.from(new Uint8Array(values?.slice().buffer ?? []));
    for (const other of others)
      other.forEach((values, index) => expect(bits(values).equals(bits(first[index])), `result ${index}`).toBe(true));
  });

  test('many small jobs one after another, on sleeping and on spinning workers', async () => {
    const { kernels } = await open({ threads: 3, activate: false });
    const sum = kernels.zeros([100_000]);
    const one = kernels.zeros([100_000]);
    kernels.fill(one, 1);
    for (let round = 1; round <= 600; round++) {
      kernels.addInto(sum, one);
      // Long enough for the workers to fall asleep.
      if (round % 150 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(new Set(await kernels.read(sum))).toEqual(new Set([600]));
  });
});

/** Every op on sizes that are cut into several chunks. */
async function everything(kernels: Kernels): Promise<Float32Array[]> {
  const [rows, width, wide] = [203, 64, 1000];
  const x = kernels.upload(numbers(rows * width, 1), [rows, width]);
  const weights = kernels.upload(numbers(wide * width, 2), [wide, width]);
  const y = kernels.matmul(x, weights, { transposeB: true, bias: kernels.upload(numbers(wide, 3), [wide]) });
  const back = kernels.matmul(y, weights);
  const gradient = kernels.matmul(y, x, { transposeA: true, alpha: 0.5 });
  const scale = kernels.upload(numbers(wide, 4), [wide]);
  const norm = kernels.rmsNorm(y, scale, 1e-6, y);
  const dNorm = kernels.rmsNormBackward(y, norm.h, scale, norm.rstd);
  const act = kernels.swiglu(y, dNorm);
  const { dGate, dUp } = kernels.swigluBackward(y, act, dNorm);
  const shape = { heads: 4, kvHeads: 2, headSize: 16, scale: 0.25 };
  const products = kernels.weightFormats.flatMap((format) => withWeight(kernels, format, x, y));
  const half = kernels.upload(numbers(rows * 32, 5), [rows, 32]);
  const { keyRange, queryRange } = causalRanges([100, 60, 43]);
  const keys = kernels.upload(keyRange, [rows, 2]);
  const { o, lse } = kernels.attention(x, half, half, keys, shape);
  const forward = { q: x, k: half, v: half, o, lse };
  const { dq, dk, dv } = kernels.attentionBackward(back, forward, keys, kernels.upload(queryRange, [rows, 2]), shape);
  const state = kernels.crossEntropyStart(rows);
  const targets = kernels.upload(integers(rows, wide, 6), [rows]);
  kernels.crossEntropy(y, targets, 0, state);
  kernels.crossEntropyBackward(y, targets, 0, state, 0.1);
  const large = kernels.dropout(kernels.upload(numbers(70_001, 7), [70_001]), 0.3, 9);
  const sum = kernels.sumSquares(large);
  const [p, m, v] = [kernels.add(large, large), kernels.zeros([70_001]), kernels.zeros([70_001])];
  const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maxNorm: 1, step: 1 };
  kernels.adamw(p, large, m, v, sum, options);
  const [descended, flown, momentum] = [kernels.add(p, large), kernels.add(p, p), kernels.add(m, m)];
  kernels.sgd(descended, large, sum, options);
  kernels.lion(flown, large, momentum, sum, options);
  const updated = [p, m, v, descended, flown, momentum];
  const results = [
    y,
    back,
    gradient,
    norm.y,
    dNorm,
    act,
    dGate,
    dUp,
    o,
    lse,
    dq,
    dk,
    dv,
    state,
    large,
    sum,
    ...updated,
    ...products,
  ];
  return Promise.all(results.map((result) => kernels.read(result)));
}

/** x·Wᵀ, one row of it alone, y·W and some rows of a weight W [1000, 64]. */
function withWeight(kernels: Kernels, format: WeightFormat, x: View, y: View): View[] {
  const weight = kernels.createWeight(format, [1000, 64]);
  kernels.writeWeight(weight, 0, numbers(64_000, 8));
  const rows = kernels.upload(Int32Array.of(999, 3, 3, 500), [4]);
  const results = [
    kernels.matmul(x, weight, { transposeB: true }),
    kernels.matmul(rowsOf(x, 7, 1), weight, { transposeB: true }),
    kernels.matmul(y, weight),
    kernels.gatherRows(weight, rows),
  ];
  kernels.disposeWeight(weight);
  return results;
}

describe('attention over more keys than one block', () => {
  // One head of 4 on 1,300 rows in one causal sequence: blocks are 1,024 keys forward, 512 queries backward, 2,048 in decoding.
  const [rows, size, scale] = [1300, 4, 0.5];
  const [q, k, v, dO] = [1, 2, 3, 4].map((seed) => numbers(rows * size, seed)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const dot = (a: Float32Array, i: number, b: Float32Array, j: number): number => {
    let sum = 0;
    for (let d = 0; d < size; d++) sum += (a[i * size + d] ?? 0) * (b[j * size + d] ?? 0);
    return sum;
  };

  /** By the book, in double. */
  function reference(): Float64Array[] {
    const [o, dq, dk, dv] = [0, 1, 2, 3].map(() => new Float64Array(rows * size)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let t = 0; t < rows; t++) {
      const e = Float64Array.from({ length: t + 1 }, (_, s) => Math.exp(scale * dot(q, t, k, s)));
      const sum = e.reduce((total, value) => total + value, 0);
      const slope = Float64Array.from(e, (_, s) => dot(dO, t, v, s));
      const mean = e.reduce((total, value, s) => total + (value / sum) * (slope[s] ?? 0), 0);
      e.forEach((value, s) => {
        const p = value / sum;
        const ds = p * ((slope[s] ?? 0) - mean) * scale;
        for (let d = 0; d < size; d++) {
          const [here, there] = [t * size + d, s * size + d];
          o[here] = (o[here] ?? 0) + p * (v[there] ?? 0);
          dq[here] = (dq[here] ?? 0) + ds * (k[there] ?? 0);
          dk[there] = (dk[there] ?? 0) + ds * (q[here] ?? 0);
          dv[there] = (dv[there] ?? 0) + p * (dO[here] ?? 0);
        }
      });
    }
    return [o, dq, dk, dv];
  }

  test('forward, backward and a single row', async () => {
    const { kernels } = await open({ threads: 2 });
    const shape = { heads: 1, kvHeads: 1, headSize: size, scale };
    const place = (values: Float32Array) => kernels.upload(values, [rows, size]);
    const forward = { q: place(q), k: place(k), v: place(v) };
    const ranges = causalRanges([rows]);
    const keys = kernels.upload(ranges.keyRange, [rows, 2]);
    const { o, lse } = kernels.attention(forward.q, forward.k, forward.v, keys, shape);
    const queries = kernels.upload(ranges.queryRange, [rows, 2]);
    const { dq, dk, dv } = kernels.attentionBackward(place(dO), { ...forward, o, lse }, keys, queries, shape);
    const expected = reference();
    for (const [index, view] of [o, dq, dk, dv].entries())
      expectClose(await kernels.read(view), Float32Array.from(expected[index] ?? []), 1e-5, `result ${index}`);

    const repeat = Array.from({ length: 3 }, () => [...k]).flat();
    const many = kernels.upload(Float32Array.from(repeat), [3 * rows, size]);
    const last = kernels.upload(q.slice(-size), [1, size]);
    const range = kernels.upload(Int32Array.of(0, 3 * rows), [1, 2]);
    const triple = kernels.attention(last, many, many, range, shape);
    const once = kernels.attention(last, forward.k, forward.k, kernels.upload(Int32Array.of(0, rows), [1, 2]), shape);
    expectClose(await kernels.read(triple.o), await kernels.read(once.o), 1e-5, 'three times the same keys');
    const shift = ((await kernels.read(triple.lse))[0] ?? 0) - ((await kernels.read(once.lse))[0] ?? 0);
    expect(shift).toBeCloseTo(Math.log(3), 5);
  });
});

describe('memory', () => {
  const shapeOf = (kernels: Kernels, seed: number) => kernels.upload(numbers(40 * 24, seed), [40, 24]);

  test('1000 rounds of ragged work leave the bytes in use as they were, and the memory at its size', async () => {
    const { kernels, memory } = await open({ threads: 2 });
    const weights = kernels.upload(numbers(64 * 64, 1), [64, 64]);
    const round = (index: number): void => {
      tf.tidy(() => {
        const x = kernels.zeros([1 + ((index * 37) % 200), 64]);
        const y = kernels.matmul(x, weights, { transposeB: true });
        kernels.matmul(kernels.swiglu(y, y), weights);
        kernels.sumSquares(y);
      });
    };
    for (let index = 0; index < 200; index++) round(index);
    const { bytesInUse, bytesReserved } = memory();
    const { numTensors } = tf.memory();
    for (let index = 0; index < 1000; index++) round(index);
    expect(memory()).toMatchObject({ bytesInUse, bytesReserved });
    expect(tf.memory().numTensors).toBe(numTensors);
    weights.storage.dispose();
  });

  test('a weight is held once, in its format, whatever is computed with it', async () => {
    const { kernels, memory } = await open({ threads: 2 });
    const [rows, columns] = [256, 512];
    const perValue = { f32: 4, f16: 2, int8: 1 + 4 / 64, int4: 0.5 + 4 / 32 };
    const x = kernels.upload(numbers(40 * columns, 1), [40, columns]);
    const dy = kernels.upload(numbers(40 * rows, 2), [40, rows]);
    const values = numbers(rows * columns, 3);
    for (const format of kernels.weightFormats) {
      const start = memory().bytesInUse;
      const weight = kernels.createWeight(format, [rows, columns]);
      kernels.writeWeight(weight, 0, values);
      const held = memory().bytesInUse - start;
      expect(held).toBe(weight.bytes);
      expect(held).toBe(rows * columns * perValue[format]);
      tf.tidy(() => {
        kernels.matmul(x, weight, { transposeB: true });
        kernels.matmul(dy, weight);
        kernels.matmul(rowsOf(x, 0, 1), weight, { transposeB: true });
      });
      expect(memory().bytesInUse - start).toBe(held);
      kernels.disposeWeight(weight);
      expect(memory().bytesInUse).toBe(start);
    }
  });

  test('past two gigabytes', async () => {
    const device = await open({ threads: 2 });
    const { kernels } = device;
    // Never touched, so the system never gives pages for it.
    const backend = tf.backend() as WasmBackend;
    const hole = backend.output([(2 ** 31 + 2 ** 20) / 4]);
    const x = shapeOf(kernels, 1);
    const y = kernels.matmul(x, shapeOf(kernels, 2), { transposeB: true });
    expect(backend.place(y, 'test').pointer).toBeGreaterThan(2 ** 31);
    const [high, total] = [await kernels.read(y), await kernels.read(kernels.sumSquares(y))];
    // Whole numbers: rows' ids, and weights in 16 bits and fewer.
    const ids = Int32Array.of(1, 0, 2 ** 31 - 1);
    expect(await kernels.readInts(kernels.upload(ids, [3]))).toEqual(ids);
    const weight = kernels.createWeight('f16', [2, 2]);
    kernels.writeWeight(weight, 0, Float32Array.of(1, 2, 3, 4));
    const row = kernels.gatherRows(weight, kernels.upload(ids.slice(0, 1), [1]));
    expect(await kernels.read(row)).toEqual(Float32Array.of(3, 4));
    hole.storage.dispose();
    device.dispose();
    const low = await openWasm({ threads: 1, activate: false });
    const product = low.kernels.matmul(shapeOf(low.kernels, 1), shapeOf(low.kernels, 2), { transposeB: true });
    expect(high).toEqual(await low.kernels.read(product));
    expect(total).toEqual(await low.kernels.read(low.kernels.sumSquares(product)));
    low.dispose();
  });

  test('more than there is: device/out-of-memory', async () => {
    await open({ threads: 1 });
    const backend = tf.backend() as WasmBackend;
    expect(() => backend.output([2 ** 30])).toThrow(expect.objectContaining({ code: 'device/out-of-memory' }));
    const { kernels } = await open({ threads: 1 });
    expect(await kernels.read(kernels.zeros([3]))).toEqual(new Float32Array(3));
  });
});

describe('as a tfjs backend', () => {
  test('tensors are made, shared, kept, read and freed', async () => {
    const { memory } = await open({ threads: 1 });
    const [bytes, tensors] = [memory().bytesInUse, tf.memory().numTensors];
    const kept = tf.tidy(() => {
      const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      tf.keep(x);
      return [tf.clone(x), tf.reshape(x, [3, -1]), tf.tensor1d([1, 2], 'int32'), tf.tensor1d([true, false], 'bool'), x];
    });
    expect(kept.map(({ shape }) => shape)).toEqual([[2, 3], [3, 2], [2], [2], [2, 3]]);
    expect(kept.map((x) => [...x.dataSync()])).toEqual([
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
      [1, 2],
      [1, 0],
      [1, 2, 3, 4, 5, 6],
    ]);
    expect(await kept[2]?.data()).toEqual(Int32Array.of(1, 2));
    expect(tf.backend().numDataIds()).toBeGreaterThanOrEqual(3);
    tf.dispose(kept);
    expect([memory().bytesInUse, tf.memory().numTensors]).toEqual([bytes, tensors]);
  });

  test('data of another backend moves here when a kernel asks for it', async () => {
    const { kernels } = await open({ threads: 1 });
    await tf.setBackend('cpu');
    const x = tf.tensor1d([1, 2, 3]);
    await tf.setBackend('tunesmith-wasm');
    expect(await kernels.read(kernels.add(x, x))).toEqual(Float32Array.of(2, 4, 6));
  });

  test('wrong shapes and types are named', async () => {
    const { kernels } = await open({ threads: 1 });
    const a = kernels.zeros([2, 3]);
    expect(() => kernels.matmul(a, a)).toThrow(/matmul: inner sides must be equal, got \[2, 3\] · \[2, 3\]/);
    expect(() => kernels.add(a, kernels.zeros([5]))).toThrow(expect.objectContaining({ code: 'engine/shape' }));
    expect(() => kernels.gatherRows(a, a)).toThrow(/gatherRows.rows: must be int32, got float32/);
    expect(() => kernels.fill({ storage: a.storage, offset: 3, shape: [4] }, 1)).toThrow(/must lie inside its tensor/);
    expect(() => kernels.matmul(a, a, { transposeA: true, transposeB: true })).toThrow(/cannot transpose both/);
  });
});
