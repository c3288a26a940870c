/** Locks within one thread, for tests: Node 20 has no Web Locks. */
import { cancelled, type Locks } from '../locks';

export function memoryLocks(): Locks {
  interface Waiting {
    mode: LockMode;
    start: () => void;
  }
  const queues = new Map<string, { held: LockMode[]; waiting: Waiting[] }>();
  const queue = (name: string) => {
    const found = queues.get(name) ?? { held: [], waiting: [] };
    queues.set(name, found);
    return found;
  };
  const fits = (held: LockMode[], mode: LockMode): boolean =>
    held.length === 0 || (mode === 'shared' && held.every((other) => other === 'shared'));
  const advance = (name: string): void => {
    const { held, waiting } = queue(name);
    for (let next = waiting[0]; next && fits(held, next.mode); next = waiting[0]) {
      waiting.shift();
      held.push(next.mode);
      next.start();
    }
  };
  const run = async <T>(name: string, mode: LockMode, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } finally {
      const { held } = queue(name);
      held.splice(held.indexOf(mode), 1);
      advance(name);
    }
  };
  return {
    async hold(name, mode, work, signal) {
      await new Promise<void>((start, fail) => {
        const entry = { mode, start };
        const { waiting } = queue(name);
        waiting.push(entry);
        signal?.addEventListener('abort', () => {
          const at = waiting.indexOf(entry);
          if (at >= 0) waiting.splice(at, 1);
          fail(cancelled());
        });
        advance(name);
      });
      return run(name, mode, work);
    },
    async tryHold(name, work, otherwise) {
      const { held } = queue(name);
      if (held.length > 0) return otherwise;
      held.push('exclusive');
      return run(name, 'exclusive', work);
    },
  };
}
