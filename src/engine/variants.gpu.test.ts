import { afterAll, expect } from 'vitest';
import type { Kernels } from '../kernels/kernels';
import { modelVariants } from './testing/modelVariants';
import { openWebgpuKernels } from './testing/openWebgpuKernels';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
modelVariants(async (): Promise<Kernels> => (await (opened ??= openWebgpuKernels())).kernels);

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
