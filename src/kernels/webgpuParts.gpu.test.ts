import { afterAll, expect } from 'vitest';
import { openWebgpuDevice, type WebgpuDevice } from './runtime/webgpuDevice';
import { WebgpuRunner } from './runtime/webgpuRunner';
import { kernelContract } from './testing/kernelContract';
import { createWebgpuKernels } from './webgpu';

// Weights in parts, as on a device whose bindings are smaller than a matrix, and without subgroups.
const errors: string[] = [];
let opened: WebgpuDevice | null = null;

kernelContract(
  'webgpu, weights in parts of 8 KiB',
  async () => {
    opened = await openWebgpuDevice({
      onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
      onError: (message) => errors.push(message),
      features: [],
    });
    return createWebgpuKernels(new WebgpuRunner(opened.device, opened.backend), { partBytes: 8192 });
  },
  ['weights'],
);

afterAll(() => {
  opened?.close();
  expect(errors).toEqual([]);
});
