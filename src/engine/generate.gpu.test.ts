import { afterAll, expect } from 'vitest';
import { generateSpec } from './testing/generateSpec';
import { openWebgpuKernels } from './testing/openWebgpuKernels';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
generateSpec(async () => (await (opened ??= openWebgpuKernels())).kernels);

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
