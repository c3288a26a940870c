import { create, globals } from 'webgpu';

/**
 * Puts in place the browser's WebGPU globals, from Dawn for Node, that tfjs's backend looks for while it is imported: call
 * this first. The adapter needs headless/withGpu.ts's environment.
 */
export function openDawn(): void {
  Object.assign(globalThis, globals);
  // tfjs asks for it to tell a worker from a page.
  Object.assign(globalThis, { WorkerGlobalScope: class WorkerGlobalScope {} });
  // Kept by the navigator: adapters of a collected instance die with it.
  const gpu = create(['enable-dawn-features=allow_unsafe_apis']);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true });
}
