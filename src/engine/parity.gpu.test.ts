import { afterAll, expect } from 'vitest';
import { openWebgpuKernels } from './testing/openWebgpuKernels';
import { engineParity } from './testing/parity';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
engineParity(async () => (await (opened ??= openWebgpuKernels())).kernels);

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
