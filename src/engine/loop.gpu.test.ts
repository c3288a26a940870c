import { afterAll, expect } from 'vitest';
import { loopSpec } from './testing/loopSpec';
import { openWebgpuKernels } from './testing/openWebgpuKernels';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
loopSpec(async () => (await (opened ??= openWebgpuKernels())).kernels, 500);

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
