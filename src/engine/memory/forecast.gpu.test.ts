import { afterAll, describe, expect } from 'vitest';
import { forecastSpec } from '../testing/forecastSpec';
import { openWebgpuKernels } from '../testing/openWebgpuKernels';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
describe('forecast within 10 % of what whole runs on WebGPU take', () => {
  forecastSpec(() => (opened ??= openWebgpuKernels()), 'webgpu', []);
});

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
