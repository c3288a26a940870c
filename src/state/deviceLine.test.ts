import { expect, test } from 'vitest';
import type { DeviceFacts } from '../protocol/device';
import { deviceLine } from './deviceStore';

const facts: DeviceFacts = {
  backend: 'webgpu',
  adapter: 'Apple M3',
  vendor: 'apple',
  architecture: 'metal-3',
  isFallbackAdapter: false,
  threads: 1,
  features: [],
  limits: null,
  reason: '',
  trial: {},
};

test('a GPU is named with the memory that a run may take, once that is known', () => {
  expect(deviceLine(facts)).toBe('GPU: Apple M3');
  expect(deviceLine(facts, 8e9)).toBe('GPU: Apple M3 · about 8.0 GB usable');
});

test('a CPU is said to be one, with what it is good for', () => {
  expect(deviceLine({ ...facts, backend: 'wasm', adapter: 'CPU · 2 threads · relaxed SIMD' }, 4e9)).toBe(
    'No usable GPU — running on the CPU (2 threads · relaxed SIMD), fine for the small model',
  );
});
