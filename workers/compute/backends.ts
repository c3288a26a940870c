import * as tf from '@tensorflow/tfjs-core';
import type { BackendOpeners, DeviceMemory, OpenBackend } from '../../src/engine/device/openEngine';
import { KernelHealth } from '../../src/kernels/fallback/kernelHealth';
import { openWasm, type WasmDevice } from '../../src/kernels/wasm';
import { TunesmithError } from '../../src/lib/errors';

/** Outlives a device: what hung on the last one is not tried on the next. */
const kernelHealth = new KernelHealth();

/** How a browser's worker opens each backend. WebGPU and its shaders are fetched only where there is an adapter. */
export const browserBackends: BackendOpeners = { webgpu: openWebgpu, wasm: openCpu };

async function openWebgpu(): Promise<OpenBackend | null> {
  // Absent in browsers without WebGPU, whatever the types say.
  const gpu = (navigator as Partial<Navigator>).gpu;
  if (!(await gpu?.requestAdapter({ powerPreference: 'high-performance' }))) return null;
  const [{ openWebgpuDevice }, { WebgpuRunner }, { createWebgpuKernels }, { productChoices }, { withFallback }] =
    await Promise.all([
      import('../../src/kernels/runtime/webgpuDevice'),
      import('../../src/kernels/runtime/webgpuRunner'),
      import('../../src/kernels/webgpu'),
      import('./productChoices'),
      import('../../src/kernels/fallback/withFallback'),
    ]);
  const device = await openWebgpuDevice({
    // Of work that nobody waits for: what is waited for fails by itself.
    onError: (message) => console.warn(`WebGPU: ${message}`),
  }).catch((error: unknown) => {
    // An adapter that gives no device is no adapter.
    if (error instanceof TunesmithError && error.code === 'device/refused') return null;
    throw error;
  });
  if (!device) return null;
  const { adapter } = device;
  const name = [
    adapter.description || adapter.device || adapter.architecture || 'GPU',
    adapter.isFallbackAdapter ? '(software)' : '',
  ];
  const runner = new WebgpuRunner(device.device, device.backend, undefined, kernelHealth);
  // A product that cannot be timed is not chosen.
  const products = await productChoices(runner, adapter).catch((error: unknown) => {
    if (error instanceof TunesmithError && error.code === 'kernel/failed') return {};
    throw error;
  });
  return {
    kernels: withFallback(createWebgpuKernels(runner, { products }), runner, kernelHealth),
    facts: {
      backend: 'webgpu',
      adapter: name.filter(Boolean).join(' '),
      vendor: adapter.vendor,
      architecture: adapter.architecture,
      isFallbackAdapter: adapter.isFallbackAdapter,
      threads: 1,
      features: adapter.features,
      limits: {
        maxBufferSize: adapter.limits.maxBufferSize,
        maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
        maxComputeWorkgroupStorageSize: adapter.limits.maxComputeWorkgroupStorageSize,
      },
    },
    memory: {
      read: () => ({
        bytes: runner.bytesInUse,
        peakBytes: runner.peakBytes,
        reservedBytes: runner.bytesAllocated,
      }),
      resetPeak: () => runner.resetPeak(),
      setLimit: (bytes) => runner.setLimit(bytes),
    },
    trouble: { lost: device.lost, fallbacks: (listener) => kernelHealth.listen(listener) },
    setPace: (pace) => runner.setPace(pace),
    activate: async () => void (await tf.setBackend('webgpu')),
    close: () => device.close(),
  };
}

async function openCpu(): Promise<OpenBackend> {
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
    memory: wasmMemory(device),
    setPace: (pace) => device.setPace(pace),
    close: () => device.dispose(),
  };
}

/** Memory of a WASM device as the engine reads it. */
export const wasmMemory = (device: WasmDevice): DeviceMemory => ({
  read() {
    const { bytesInUse, peakBytes, bytesReserved } = device.memory();
    return { bytes: bytesInUse, peakBytes, reservedBytes: bytesReserved };
  },
  resetPeak: () => device.resetPeak(),
  setLimit: (bytes) => device.setLimit(bytes),
});
