/**
 * The two workers and their comlink remotes. They live at module scope: a proxy that is garbage-collected in the middle
 * of a call drops the reply and the call hangs. A worker that dies rejects its pending calls, which comlink alone would
 * leave waiting for ever.
 */
import { proxy, wrap } from 'comlink';
import { TunesmithError } from '../lib/errors';
import { installErrorTransfer } from '../protocol/comlinkErrors';
import type { ComputeApi } from '../protocol/computeApi';
import type { DataApi } from '../protocol/dataApi';

export interface Clients {
  compute: ComputeApi;
  data: DataApi;
}
export type WorkerName = keyof Clients;
type CrashListener = (worker: WorkerName, error: TunesmithError) => void;

const crashListeners = new Set<CrashListener>();
const workers: Partial<Record<WorkerName, Worker>> = {};
let current: Clients | null = null;
let transferInstalled = false;

/** Called when a worker dies; returns the way to stop listening. */
export function onWorkerCrash(listener: CrashListener): () => void {
  crashListeners.add(listener);
  return () => crashListeners.delete(listener);
}

/** Calls through `remote`, each rejected when the worker dies first. */
function guarded<T extends object>(name: WorkerName, worker: Worker, remote: T): T {
  const pending = new Set<(error: TunesmithError) => void>();
  let dead: TunesmithError | null = null;
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    dead = new TunesmithError(
      'worker/crashed',
      `The ${name} worker: stopped unexpectedly (${event.message || 'its script could not be loaded'}); restart it, or reload the page`,
      { data: { worker: name, file: event.filename, line: event.lineno } },
    );
    for (const reject of pending) reject(dead);
    pending.clear();
    for (const listener of crashListeners) listener(name, dead);
  });
  return new Proxy(remote, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          if (dead) {
            reject(dead);
            return;
          }
          pending.add(reject);
          const settle =
            <V>(then: (value: V) => void) =>
            (value: V) => {
              pending.delete(reject);
              then(value);
            };
          (member as (...args: unknown[]) => Promise<unknown>)(...args).then(settle(resolve), settle(reject));
        });
    },
  });
}

function startCompute(): ComputeApi {
  const worker = new Worker(new URL('../../workers/compute.worker.ts', import.meta.url), {
    type: 'module',
    name: 'compute',
  });
  workers.compute = worker;
  return guarded('compute', worker, wrap<ComputeApi>(worker) as unknown as ComputeApi);
}

function startData(): DataApi {
  const worker = new Worker(new URL('../../workers/data.worker.ts', import.meta.url), { type: 'module', name: 'data' });
  workers.data = worker;
  return guarded('data', worker, wrap<DataApi>(worker) as unknown as DataApi);
}

/** The remotes; the workers start on the first call. */
export function clients(): Clients {
  if (!current) {
    if (!transferInstalled) installErrorTransfer();
    transferInstalled = true;
    current = { compute: startCompute(), data: startData() };
  }
  return current;
}

/** Ends a worker and starts a fresh one; everything it held is gone. */
export function restartWorker(name: WorkerName): void {
  const running = clients();
  workers[name]?.terminate();
  if (name === 'compute') running.compute = startCompute();
  else running.data = startData();
}

/** Puts other implementations in place of the workers (tests). */
export function replaceClients(others: Clients | null): void {
  current = others;
}

/** A callback that a worker may call. Events that come after the call has ended are dropped by the caller's own checks. */
export function callback<A extends unknown[]>(listener: (...args: A) => void): (...args: A) => void {
  return proxy(listener);
}
