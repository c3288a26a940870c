import { afterAll, expect } from 'vitest';
import type { Kernels } from '../kernels/kernels';
import { modelVariants } from './testing/modelVariants';
import { openWebgpuKernels } from './testing/openWebgpuKernels';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
// Ten steps of f16 weights are covered by gradients here and by WASM, which is much faster than a GPU in software.
modelVariants(async (): Promise<Kernels> => (await (opened ??= openWebgpuKernels())).kernels, { steps: false });

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
