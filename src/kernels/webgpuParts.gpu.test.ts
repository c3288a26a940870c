import { afterAll, expect } from 'vitest';
import { openWebgpuDevice, type WebgpuDevice } from './runtime/webgpuDevice';
import { everywhere } from './matmul/trial';
import { WebgpuRunner } from './runtime/webgpuRunner';
import { kernelContract } from './testing/kernelContract';
import { createWebgpuKernels } from './webgpu';

// Weights in parts, as on a device whose bindings are smaller than a matrix, and without subgroups; products in workgroup memory.
const errors: string[] = [];
let opened: WebgpuDevice | null = null;

kernelContract(
  'webgpu, weights in parts of 16 KiB, products by tiles',
  async () => {
    opened = await openWebgpuDevice({
      onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
      onError: (message) => errors.push(message),
      features: [],
    });
    const tuning = { partBytes: 16384, products: everywhere('tile') };
    return createWebgpuKernels(new WebgpuRunner(opened.device, opened.backend), tuning);
  },
  ['weights'],
);

afterAll(() => {
  opened?.close();
  expect(errors).toEqual([]);
});
