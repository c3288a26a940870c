import { afterAll, describe, expect } from 'vitest';
import { forecastSpec } from '../testing/forecastSpec';
import { openWebgpuKernels } from '../testing/openWebgpuKernels';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
describe('forecast within 10 % of what a step on WebGPU takes', () => {
  forecastSpec(() => (opened ??= openWebgpuKernels()), 'webgpu', ['short rows', 'all weights']);
});

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
