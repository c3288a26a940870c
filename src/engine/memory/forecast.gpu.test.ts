import { describe } from 'vitest';
import { forecastSpec } from '../testing/forecastSpec';
import { webgpuOfFile } from '../testing/webgpuOfFile';

const open = webgpuOfFile();
describe('forecast within 10 % of what whole runs on WebGPU take', () => {
  forecastSpec(open, 'webgpu', []);
});
