import { afterAll, expect } from 'vitest';
import { fullParity } from './testing/fullParity';
import { openWebgpuKernels } from './testing/openWebgpuKernels';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
fullParity(async () => (await (opened ??= openWebgpuKernels())).kernels, { control: false });

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
