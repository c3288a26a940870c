import type { Kernels } from '../../kernels/kernels';
import { openWebgpuDevice } from '../../kernels/runtime/webgpuDevice';
import { WebgpuRunner } from '../../kernels/runtime/webgpuRunner';
import { createWebgpuKernels } from '../../kernels/webgpu';

/** WebGPU kernels for tests, and the errors that the device reported outside of any call. */
export async function openWebgpuKernels(): Promise<{ kernels: Kernels; errors: string[]; close(): void }> {
  const errors: string[] = [];
  const opened = await openWebgpuDevice({
    onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
    onError: (message) => errors.push(message),
  });
  const kernels = createWebgpuKernels(new WebgpuRunner(opened.device, opened.backend));
  return { kernels, errors, close: () => opened.close() };
}
