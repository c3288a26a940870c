import { afterAll, expect } from 'vitest';
import { gradientCheckSpec } from './testing/gradientCheckSpec';
import { openWebgpuKernels } from './testing/openWebgpuKernels';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
gradientCheckSpec(async () => (await (opened ??= openWebgpuKernels())).kernels, { slow: true });

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
