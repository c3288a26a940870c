import { create, globals } from 'webgpu';

/** Lives as long as the process: Dawn ends with it. */
let gpu: GPU | null = null;

/**
 * Opens a WebGPU device over Dawn for Node, with all that the adapter offers, and puts in place the globals that tfjs
 * looks for. Call before tfjs's WebGPU backend is imported. Needs headless/withGpu.ts's environment.
 */
export async function openDawn(): Promise<{ device: GPUDevice; adapter: GPUAdapter }> {
  Object.assign(globalThis, globals);
  gpu ??= create([]);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true });
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('No WebGPU adapter: run through headless/withGpu.ts');
  const {
    maxBufferSize,
    maxStorageBufferBindingSize,
    maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupSizeX,
    maxComputeWorkgroupStorageSize,
    maxStorageBuffersPerShaderStage,
  } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures: [...adapter.features].filter((name) =>
      ['subgroups', 'shader-f16', 'timestamp-query'].includes(name),
    ) as GPUFeatureName[],
    requiredLimits: {
      maxBufferSize,
      maxStorageBufferBindingSize,
      maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX,
      maxComputeWorkgroupStorageSize,
      maxStorageBuffersPerShaderStage,
    },
  });
  return { device, adapter };
}
