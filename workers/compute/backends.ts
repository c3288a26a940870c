import type { BackendOpeners } from '../../src/engine/device/openEngine';
import { openWasm } from '../../src/kernels/wasm';

/** How a browser's worker opens each backend. WebGPU is not wired yet: its kernels are still being written. */
export const browserBackends: BackendOpeners = {
  webgpu: () => Promise.resolve(null),
  async wasm() {
    const device = await openWasm();
    const threads = device.threads === 1 ? '1 thread' : `${device.threads} threads`;
    return {
      kernels: device.kernels,
      facts: {
        backend: 'wasm',
        adapter: `CPU · ${threads} · ${device.relaxedSimd ? 'relaxed SIMD' : 'SIMD'}`,
        vendor: '',
        architecture: '',
        isFallbackAdapter: false,
        threads: device.threads,
        features: [...(device.relaxedSimd ? ['relaxed-simd'] : []), ...(device.sharedMemory ? ['shared-memory'] : [])],
        limits: null,
      },
      close: () => device.dispose(),
    };
  },
};
