import { create, globals } from 'webgpu';

/**
 * Vitest setup of the `gpu` project: a browser's WebGPU globals from Dawn for Node, before tfjs's webgpu backend is loaded.
 * A machine without an adapter fails these tests; it does not skip them (headless/withGpu.mjs finds a driver).
 */
const scope = globalThis as unknown as Record<string, unknown>;
Object.assign(scope, globals);
// tfjs asks for it to tell a worker from a page.
scope['WorkerGlobalScope'] ??= class WorkerGlobalScope {};
// One Dawn instance a process: adapters of a collected one die with it.
const gpu = create(['enable-dawn-features=allow_unsafe_apis']);
if (scope['navigator'] === undefined)
  Object.defineProperty(scope, 'navigator', { value: { userAgent: 'node' }, configurable: true });
Object.defineProperty(scope['navigator'] as object, 'gpu', { value: gpu, configurable: true });

// A GPU in software takes its settings (SwiftShader.ini) from the folder in which its first device is made.
const folder = process.cwd();
process.chdir(import.meta.dirname);
try {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter: run GPU tests through `npm run test:gpu`');
  (await adapter.requestDevice()).destroy();
} finally {
  process.chdir(folder);
}
