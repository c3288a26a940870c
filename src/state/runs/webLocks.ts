/**
 * Web Locks (W3C) as the page uses them: to see who else of this origin does something, and to say what this tab does. Where a
 * browser has none, nobody is seen and nothing is held.
 */

const manager = (): LockManager | null =>
  typeof navigator === 'undefined' || !('locks' in navigator) ? null : navigator.locks;

/** Whether anybody, this tab among them, holds the lock now. */
export async function isHeld(name: string): Promise<boolean> {
  const { held } = (await manager()?.query()) ?? {};
  return held?.some((lock) => lock.name === name) ?? false;
}

/** Resolves as soon as nobody holds the lock exclusively, and gives it back in the same moment. Without Web Locks: never. */
export async function whenFree(name: string, signal?: AbortSignal): Promise<void> {
  const locks = manager();
  if (!locks) return new Promise(() => undefined);
  await locks.request(name, { mode: 'shared', ...(signal ? { signal } : {}) }, () => undefined);
}

/** Holds the lock until the returned function is called; null where somebody else holds it. */
export async function tryHold(name: string): Promise<(() => void) | null> {
  const locks = manager();
  if (!locks) return () => undefined;
  return new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (!lock) {
          resolve(null);
          return undefined;
        }
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}
