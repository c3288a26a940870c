import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { Kernels } from '../kernels';
import { createPlainKernels } from '../plain';
import { expectClose, integers, numbers } from '../testing/harness';
import { createWebgpuKernels } from '../webgpu';
import { openWebgpuDevice, type WebgpuDevice, type WebgpuDeviceOptions } from './webgpuDevice';
import { WebgpuRunner } from './webgpuRunner';

const errors: string[] = [];
let opened: WebgpuDevice | null = null;

async function open(options: Partial<WebgpuDeviceOptions> = {}): Promise<WebgpuDevice> {
  errors.length = 0;
  opened = await openWebgpuDevice({
    onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
    onError: (message) => errors.push(message),
    ...options,
  });
  return opened;
}
afterEach(() => {
  opened?.close();
  opened = null;
});

test('is the device of tfjs’s active backend, with the adapter’s limits', async () => {
  const { device, backend, adapter } = await open();
  expect(tf.getBackend()).toBe('webgpu');
  expect(tf.backend()).toBe(backend);
  const other = await navigator.gpu.requestAdapter();
  expect(adapter.limits.maxStorageBufferBindingSize).toBe(other?.limits.maxStorageBufferBindingSize);
  expect(device.limits.maxBufferSize).toBe(other?.limits.maxBufferSize);
  for (const feature of adapter.features) expect(device.features.has(feature)).toBe(true);
  expect(adapter.description.length + adapter.vendor.length).toBeGreaterThan(0);
});

test('a lost device is told, a closed one is not', async () => {
  const { device } = await open();
  const loss = new Promise<string>((resolve) => {
    void device.lost.then(({ reason }) => {
      resolve(reason);
    });
  });
  device.destroy();
  expect(await loss).toBe('destroyed');
  expect(errors[0]).toContain('lost: destroyed');
  const next = await open();
  next.close();
  opened = null;
  await next.device.lost;
  expect(errors).toEqual([]);
});

test('validation errors are told', async () => {
  const { device } = await open();
  device.createBuffer({ size: 4, usage: 0xffff });
  await device.queue.onSubmittedWorkDone();
  expect(errors).toHaveLength(1);
});

test('no WebGPU is an error of its own', async () => {
  const { gpu } = navigator;
  const without = (value: unknown): void => {
    Object.defineProperty(navigator, 'gpu', { value, configurable: true });
  };
  try {
    without(undefined);
    await expect(open()).rejects.toMatchObject({ code: 'device/no-webgpu' });
    without({ requestAdapter: () => Promise.resolve(null) });
    await expect(open()).rejects.toMatchObject({ code: 'device/no-webgpu' });
  } finally {
    without(gpu);
  }
});

/** The least that every WebGPU device has (W3C WebGPU, 3.6.2 Limits), and a binding limit below our buffers' sizes. */
const leastLimits = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupStorageSize: 16_384,
  maxStorageBufferBindingSize: 64 * 1024,
};

describe('a device of the least limits, without features', () => {
  test('runs a gradient of attention, and tables over its binding limit', async () => {
    const { device, backend } = await open({ limits: { ...leastLimits }, features: [] });
    expect(device.limits.maxStorageBuffersPerShaderStage).toBe(8);
    const kernels = createWebgpuKernels(new WebgpuRunner(device, backend));
    const work = async (on: Kernels): Promise<Float32Array[]> => {
      const table = on.upload(numbers(2000 * 20, 1), [2000, 20]);
      const rows = on.upload(integers(300, 2000, 2), [300]);
      const x = on.upload(numbers(12 * 8, 3), [12, 8]);
      const ranges = on.upload(
        Int32Array.from({ length: 24 }, (_, index) => (index % 2 ? 12 : 0)),
        [12, 2],
      );
      const shape = { heads: 2, kvHeads: 2, headSize: 4, scale: 0.5 };
      const { o, lse } = on.attention(x, x, x, ranges, shape);
      const { dq, dk, dv } = on.attentionBackward(x, { q: x, k: x, v: x, o, lse }, ranges, ranges, shape);
      const product = on.matmul(x, x, { transposeB: true });
      const long = on.zeros([40_000]);
      on.fill(long, 1.5);
      const { y } = on.rmsNorm(x, on.zeros([8]), 1e-6, x);
      return Promise.all([on.gatherRows(table, rows), dq, dk, dv, product, long, y].map((view) => on.read(view)));
    };
    const actual = await work(kernels);
    expect(errors).toEqual([]);
    await tf.setBackend('cpu');
    for (const [index, expected] of (await work(createPlainKernels())).entries())
      expectClose(actual[index] as Float32Array, expected, 1e-5, `result ${index}`);
  });
});

describe('stock tf.matMul on webgpu, 64×4864 · (16×4864)ᵀ (tfjs 4.22)', () => {
  const [m, k, n] = [64, 4864, 16];
  const relativeError = (actual: ArrayLike<number>): number => {
    const [a, b] = [numbers(m * k, 1), numbers(n * k, 2)];
    let largest = 0;
    let worst = 0;
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let at = 0; at < k; at++) sum += (a[row * k + at] ?? 0) * (b[column * k + at] ?? 0);
        largest = Math.max(largest, Math.abs(sum));
        worst = Math.max(worst, Math.abs(sum - (actual[row * n + column] ?? NaN)));
      }
    return worst / largest;
  };
  test('is wrong as it comes, right in the plain kernels and in ours', async () => {
    const { device, backend } = await open();
    const a = tf.tensor2d(numbers(m * k, 1), [m, k]);
    const b = tf.tensor2d(numbers(n * k, 2), [n, k]);
    tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', -1);
    // When this fails, tfjs was repaired: the plain matmul's detour can go.
    expect(relativeError(await tf.matMul(a, b, false, true).data())).toBeGreaterThan(0.1);
    const plain = createPlainKernels();
    expect(relativeError(await plain.read(plain.matmul(a, b, { transposeB: true })))).toBeLessThan(1e-5);
    const ours = createWebgpuKernels(new WebgpuRunner(device, backend));
    expect(relativeError(await ours.read(ours.matmul(a, b, { transposeB: true })))).toBeLessThan(1e-5);
  });
});
