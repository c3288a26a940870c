/**
 * The two workers and their comlink remotes. They live at module scope: a proxy that is garbage-collected in the middle
 * of a call drops the reply and the call hangs. A worker that dies rejects its pending calls, which comlink alone would
 * leave waiting for ever.
 */
import { proxy, wrap } from 'comlink';
import type { TunesmithError } from '../lib/errors';
import { installErrorTransfer } from '../protocol/comlinkErrors';
import type { ComputeApi } from '../protocol/computeApi';
import type { DataApi } from '../protocol/dataApi';
import { whenFree } from './runs/webLocks';
import { crashed, guarded, type Guard } from './workerGuard';

export interface Clients {
  compute: ComputeApi;
  data: DataApi;
}
export type WorkerName = keyof Clients;
type CrashListener = (worker: WorkerName, error: TunesmithError) => void;

const crashListeners = new Set<CrashListener>();
const workers: { [Name in WorkerName]?: Running<Clients[Name]> } = {};
let current: Clients | null = null;
let transferInstalled = false;

/** Called when a worker dies; returns the way to stop listening. */
export function onWorkerCrash(listener: CrashListener): () => void {
  crashListeners.add(listener);
  return () => crashListeners.delete(listener);
}

interface Running<T> extends Guard<T> {
  /** Ends the thread; what it was asked rejects. */
  stop(): void;
}

/** A worker whose death is noticed: an error that it throws, or the Web Lock that it holds for as long as it lives. */
function running<T extends object>(
  name: WorkerName,
  worker: Worker,
  lockOf: (remote: T) => Promise<string | null>,
): Running<T> {
  const remote = wrap<T>(worker) as unknown as T;
  const guard = guarded(remote);
  const watching = new AbortController();
  const died = (error: TunesmithError): void => {
    watching.abort();
    if (!guard.end(error)) return;
    // One that threw lives on: it would train, and hold its locks, unseen.
    worker.terminate();
    for (const listener of crashListeners) listener(name, error);
  };
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const { message, filename: file, lineno: line } = event;
    died(crashed(name, message || 'its script could not be loaded', { file, line }));
  });
  void lockOf(remote)
    .then(async (lock) => {
      if (lock === null) return;
      await whenFree(lock, watching.signal);
      died(crashed(name, 'the browser ended it'));
    })
    .catch(() => undefined);
  return {
    ...guard,
    stop() {
      watching.abort();
      guard.end(crashed(name, 'it was restarted'));
      worker.terminate();
    },
  };
}

function startCompute(): ComputeApi {
  const worker = new Worker(new URL('../../workers/compute.worker.ts', import.meta.url), {
    type: 'module',
    name: 'compute',
  });
  workers.compute = running<ComputeApi>('compute', worker, (remote) => remote.aliveLock());
  return workers.compute.api;
}

function startData(): DataApi {
  const worker = new Worker(new URL('../../workers/data.worker.ts', import.meta.url), { type: 'module', name: 'data' });
  workers.data = running<DataApi>('data', worker, () => Promise.resolve(null));
  return workers.data.api;
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
  const remotes = clients();
  workers[name]?.stop();
  if (name === 'compute') remotes.compute = startCompute();
  else remotes.data = startData();
}

/** Puts other implementations in place of the workers (tests). */
export function replaceClients(others: Clients | null): void {
  current = others;
}

/** A callback that a worker may call. Events that come after the call has ended are dropped by the caller's own checks. */
export function callback<A extends unknown[]>(listener: (...args: A) => void): (...args: A) => void {
  return proxy(listener);
}
