/** Calls to a worker that end when it does: comlink alone would leave them waiting for ever. */
import { TunesmithError } from '../lib/errors';

export interface Guard<T> {
  /** The remote, each of whose calls rejects with `worker/crashed` when the worker dies first. */
  api: T;
  /** Rejects what is pending, and every later call. Only the first reason counts; resolves to whether this was it. */
  end(reason: TunesmithError): boolean;
}

/** What a dead worker's calls reject with. */
export const crashed = (name: string, why: string, data: Record<string, unknown> = {}): TunesmithError =>
  new TunesmithError(
    'worker/crashed',
    `The ${name} worker: stopped unexpectedly (${why}); restart it, or reload the page`,
    { data: { worker: name, ...data } },
  );

/** Puts a guard around a comlink remote. */
export function guarded<T extends object>(remote: T): Guard<T> {
  const pending = new Set<(error: TunesmithError) => void>();
  let dead: TunesmithError | null = null;
  const call = (member: (...args: unknown[]) => Promise<unknown>, args: unknown[]): Promise<unknown> =>
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
      member(...args).then(settle(resolve), settle(reject));
    });
  return {
    api: new Proxy(remote, {
      get(target, key): unknown {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => call(member as (...args: unknown[]) => Promise<unknown>, args);
      },
    }),
    end(reason) {
      if (dead) return false;
      dead = reason;
      for (const reject of pending) reject(reason);
      pending.clear();
      return true;
    },
  };
}
