import type { SimdExports } from './wasmModule';

/** What a pool worker is sent. */
export interface PoolJob {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  control: number;
  scratch: number;
  spins: number;
}

/** Turns of the waiting loop before a worker sleeps: some tens of microseconds, longer than the gap between two ops. */
export const idleSpins = 20_000;

/** A running thread of the pool. */
export interface PoolThread {
  terminate(): void;
}

const startTimeoutMs = 15_000;

/** Starts one worker and resolves when it serves; rejects when it cannot start. */
export function startThread(job: PoolJob): Promise<PoolThread> {
  return typeof Worker === 'undefined' ? startInNode(job) : startInBrowser(job);
}

function startInBrowser(job: PoolJob): Promise<PoolThread> {
  const worker = new Worker(new URL('../simd/pool.worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('did not start'), startTimeoutMs);
    const fail = (why: string): void => {
      clearTimeout(timer);
      worker.terminate();
      reject(new Error(`wasm thread: ${why}`));
    };
    worker.onerror = (event) => fail(event.message);
    worker.onmessage = () => {
      clearTimeout(timer);
      resolve({ terminate: () => worker.terminate() });
    };
    worker.postMessage(job);
  });
}

/** Node's threads run no TypeScript: the few lines of simd/pool.worker.ts as text. */
const nodeWorker = `
const { parentPort, workerData: job } = require('node:worker_threads');
const { exports } = new WebAssembly.Instance(job.module, { env: { memory: job.memory } });
parentPort.postMessage('ready');
exports.serve(job.control, job.scratch, job.spins);`;

function startInNode(job: PoolJob): Promise<PoolThread> {
  const { Worker: NodeWorker } = process.getBuiltinModule('node:worker_threads');
  const worker = new NodeWorker(nodeWorker, { eval: true, workerData: job });
  worker.unref();
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () => resolve({ terminate: () => void worker.terminate() }));
  });
}

/** The body of simd/pool.worker.ts: instantiate over the shared memory, say so, serve until the pool stops. */
export function servePool(job: PoolJob, ready: () => void): void {
  const instance = new WebAssembly.Instance(job.module, { env: { memory: job.memory } });
  const exports = instance.exports as unknown as SimdExports;
  ready();
  exports.serve?.(job.control, job.scratch, job.spins);
}
