import { afterAll, expect } from 'vitest';
import { defaultLimits, openWebgpuDevice, type WebgpuDevice } from './runtime/webgpuDevice';
import { WebgpuRunner } from './runtime/webgpuRunner';
import { kernelContract } from './testing/kernelContract';
import { createWebgpuKernels } from './webgpu';

// The variants that a GPU in silicon takes (no quads, many thin threads, split sums), also where the tests run in software, on
// the smallest device there is: WebGPU's default limits and no optional feature. Every shader runs under them, in the last test.
const errors: string[] = [];
let opened: WebgpuDevice | null = null;

kernelContract(
  'webgpu, many thin threads, default limits',
  async () => {
    opened = await openWebgpuDevice({
      onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
      onError: (message) => errors.push(message),
      features: [],
      limits: defaultLimits,
    });
    expect(opened.adapter).toMatchObject({ features: [], limits: defaultLimits });
    const runner = new WebgpuRunner(opened.device, opened.backend);
    // Sixteen threads a row, not 64: each costs a software device the same.
    return createWebgpuKernels(runner, { software: false, quads: false, rowThreads: 16, busyGroups: 128 });
  },
  ['matmul', 'rmsNorm', 'attention', 'crossEntropy', 'sample'],
);

afterAll(() => {
  opened?.close();
  expect(errors).toEqual([]);
});
