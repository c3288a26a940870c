import { afterAll, expect } from 'vitest';
import { openWebgpuDevice, type WebgpuDevice } from './runtime/webgpuDevice';
import { WebgpuRunner } from './runtime/webgpuRunner';
import { kernelContract } from './testing/kernelContract';
import { createWebgpuKernels } from './webgpu';

const errors: string[] = [];
let opened: WebgpuDevice | null = null;

kernelContract('webgpu', async () => {
  opened = await openWebgpuDevice({
    onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
    onError: (message) => errors.push(message),
  });
  return createWebgpuKernels(new WebgpuRunner(opened.device, opened.backend));
});

afterAll(() => {
  opened?.close();
  expect(errors).toEqual([]);
});
