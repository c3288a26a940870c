import type { Kernels } from '../../kernels/kernels';
import type { DeviceMemory } from '../device/openEngine';
import { openWebgpuDevice } from '../../kernels/runtime/webgpuDevice';
import { WebgpuRunner } from '../../kernels/runtime/webgpuRunner';
import { createWebgpuKernels } from '../../kernels/webgpu';

/** WebGPU kernels for tests, and the errors that the device reported outside of any call. */
export async function openWebgpuKernels(): Promise<{
  kernels: Kernels;
  memory: DeviceMemory;
  errors: string[];
  /** The adapter is emulated. */
  isSoftware: boolean;
  close(): void;
}> {
  const errors: string[] = [];
  const opened = await openWebgpuDevice({
    onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
    onError: (message) => errors.push(message),
  });
  const runner = new WebgpuRunner(opened.device, opened.backend);
  const memory = {
    read: () => ({ bytes: runner.bytesInUse, peakBytes: runner.peakBytes, reservedBytes: runner.bytesAllocated }),
    resetPeak: () => runner.resetPeak(),
    setLimit: (bytes: number | null) => runner.setLimit(bytes),
  };
  const isSoftware = opened.adapter.isFallbackAdapter;
  return { kernels: createWebgpuKernels(runner), memory, errors, isSoftware, close: () => opened.close() };
}
