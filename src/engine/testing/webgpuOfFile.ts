import { afterAll, expect } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import { openWebgpuKernels } from './openWebgpuKernels';

/** A WebGPU device for the tests of a file: opened when one of them wants it, closed after the last. Errors that no call told of fail the file. */
export function webgpuOfFile(): typeof openWebgpuKernels {
  let opened: ReturnType<typeof openWebgpuKernels> | null = null;
  afterAll(async () => {
    const device = await opened;
    device?.close();
    expect(device?.errors).toEqual([]);
  });
  return () => (opened ??= openWebgpuKernels());
}

/** The kernels of {@link webgpuOfFile}. */
export function webgpuKernelsOfFile(): () => Promise<Kernels> {
  const open = webgpuOfFile();
  return async () => (await open()).kernels;
}
