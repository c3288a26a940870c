import { afterEach, expect, test, vi } from 'vitest';
import type { DeviceFacts } from '../protocol/device';
import { replaceClients } from './clients';
import { backendChoice, deviceLine, openDevice, setBackendChoice, useDevice } from './deviceStore';
import { forgetWeights, loadWeights, useModel } from './modelStore';
import { fakeClients } from './testing/fakeClients';

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

afterEach(() => void vi.unstubAllGlobals());

test('a choice on the page takes the place of the one in the address', () => {
  const place = { search: '?backend=webgpu&memory=500', href: 'https://page.example/?backend=webgpu&memory=500#train' };
  vi.stubGlobal('location', place);
  vi.stubGlobal('history', {
    replaceState: (_: unknown, __: string, href: string) => {
      Object.assign(place, { href, search: new URL(href).search });
    },
  });
  expect(backendChoice()).toBe('webgpu');
  setBackendChoice('auto');
  expect(place.href).toBe('https://page.example/?memory=500#train');
  expect(backendChoice()).toBe('auto');
});

test('a worker that was restarted says nothing any more: neither its device nor its model has failed', async () => {
  vi.stubGlobal('location', { search: '' });
  const old = fakeClients();
  let end: (error: Error) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => (end = reject));
  old.compute.openDevice = () => ended;
  old.compute.loadModel = () => ended;
  replaceClients(old);
  const opening = openDevice();
  const loading = loadWeights({ kind: 'files', files: [], name: 'builtin' });
  await new Promise((resolve) => setTimeout(resolve));
  replaceClients(fakeClients());
  forgetWeights();
  const again = openDevice();
  end(new Error('it was restarted'));
  expect(await opening).toBe(false);
  expect(await loading).toBe(false);
  expect(useDevice.getState().status.kind).not.toBe('failed');
  expect(useModel.getState().weights.kind).toBe('idle');
  expect(await again).toBe(true);
  expect(useDevice.getState().status.kind).toBe('ready');
  replaceClients(null);
});
