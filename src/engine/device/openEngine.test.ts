import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import type { BackendName } from '../../protocol/device';
import { TunesmithError } from '../../lib/errors';
import { openEngine, type OpenBackend } from './openEngine';

/** The clock goes on only while a backend computes: the trial's figures do not depend on what else the machine does. */
let now = 0;
beforeEach(() => vi.spyOn(performance, 'now').mockImplementation(() => now));
afterEach(() => vi.restoreAllMocks());

/** A backend whose matmul takes `ms`, and a log of what happened to it. */
function backend(name: BackendName, ms: number, log: string[], isFallbackAdapter = false): OpenBackend {
  const view = { storage: { dispose: () => {} }, offset: 0, shape: [] };
  const kernels = {
    name,
    zeros: () => view,
    fill: () => {},
    matmul: () => view,
    finish: () => Promise.resolve(void (now += ms)),
  } as unknown as Kernels;
  return {
    kernels,
    facts: {
      backend: name,
      adapter: name,
      vendor: '',
      architecture: '',
      isFallbackAdapter,
      threads: 1,
      features: [],
      limits: null,
    },
    memory: { read: () => ({ bytes: 0, peakBytes: 0, reservedBytes: 0 }), resetPeak: () => {}, setLimit: () => {} },
    activate: () => Promise.resolve(void log.push(`activate ${name}`)),
    close: () => void log.push(`close ${name}`),
  };
}

/** A GPU that fails as often. */
function failing(log: string[], times: number, code = 'device/lost'): Promise<OpenBackend> {
  const webgpu = backend('webgpu', 2, log);
  const finish = (): Promise<void> => Promise.resolve(void (now += 2));
  let calls = 0;
  webgpu.kernels.finish = () => (++calls <= times ? Promise.reject(new TunesmithError(code, `no ${calls}`)) : finish());
  return Promise.resolve(webgpu);
}

describe('auto', () => {
  test.each([
    ['a GPU that is faster', 2, 20, false, 'webgpu', ['close wasm', 'activate webgpu'], /GPU is faster/],
    ['a GPU in software', 25, 2, true, 'wasm', ['close webgpu'], /emulated in software/],
    ['a slow GPU', 25, 2, false, 'wasm', ['close webgpu'], /slower than the CPU/],
  ] as const)('%s', async (_, gpuMs, cpuMs, software, chosen, actions, reason) => {
    const log: string[] = [];
    const { facts, kernels } = await openEngine('auto', {
      webgpu: () => Promise.resolve(backend('webgpu', gpuMs, log, software)),
      wasm: () => Promise.resolve(backend('wasm', cpuMs, log)),
    });
    expect(facts.backend).toBe(chosen);
    expect(kernels.name).toBe(chosen);
    expect(facts.reason).toMatch(reason);
    // 0.1 GFLOP a product.
    expect(facts.trial.webgpu).toBeCloseTo((2e-6 * 256 * 256 * 768) / gpuMs, 9);
    expect(facts.trial.wasm).toBeCloseTo((2e-6 * 256 * 256 * 768) / cpuMs, 9);
    expect(log).toEqual(actions);
  });

  test.each([
    [
      'that can not be opened',
      () => Promise.reject(new Error('driver')),
      [],
      /^WebGPU fails here \(driver\), so the CPU/,
    ],
    ['lost at its first work', (log: string[]) => failing(log, 99), ['close webgpu'], /WebGPU fails here \(no 1\), so/],
  ])('a GPU %s: WASM', async (_, webgpu, actions, reason) => {
    const log: string[] = [];
    const wasm = () => Promise.resolve(backend('wasm', 1, log));
    const { facts } = await openEngine('auto', { webgpu: () => webgpu(log), wasm });
    expect(facts).toMatchObject({ backend: 'wasm', trial: {}, reason: expect.stringMatching(reason) as string });
    expect(log).toEqual(actions);
    await expect(openEngine('webgpu', { webgpu: () => Promise.reject(new Error('driver')), wasm })).rejects.toThrow(
      'driver',
    );
  });

  test('a GPU whose product has no shader of its own is tried again; without a CPU it is taken, too', async () => {
    for (const wasm of [() => Promise.resolve(backend('wasm', 30, [])), () => Promise.reject(new Error('no file'))]) {
      const log: string[] = [];
      const { facts } = await openEngine('auto', { webgpu: () => failing(log, 1, 'kernel/failed'), wasm });
      expect(facts.backend).toBe('webgpu');
      expect(log).toContain('activate webgpu');
    }
  });

  test('no adapter: WASM, without a trial; WebGPU by name is refused', async () => {
    const openers = { webgpu: () => Promise.resolve(null), wasm: () => Promise.resolve(backend('wasm', 1, [])) };
    expect((await openEngine('auto', openers)).facts).toMatchObject({ backend: 'wasm', trial: {} });
    await expect(openEngine('webgpu', openers)).rejects.toMatchObject({ code: 'device/no-webgpu' });
  });
});
