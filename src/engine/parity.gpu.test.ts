import { afterAll, expect } from 'vitest';
import { openWebgpuKernels } from './testing/openWebgpuKernels';
import { engineParity } from './testing/parity';
import { regularizers } from './testing/regularizers';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
const open = async () => (await (opened ??= openWebgpuKernels())).kernels;
engineParity(open);
regularizers(open);

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
