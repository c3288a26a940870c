/** Who may do what at a time, among all tabs and workers of this origin. */
import { TunesmithError } from '../../lib/errors';

export interface Locks {
  /** Runs `work` while holding the lock. Throws `model/cancelled` when the signal ends the waiting. */
  hold<T>(name: string, mode: LockMode, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** As `hold`, exclusively; resolves to `otherwise` at once where somebody holds the lock. */
  tryHold<T>(name: string, work: () => Promise<T>, otherwise: T): Promise<T>;
}

const prefix = 'tunesmith-hub/';

/** The Web Locks of the platform. */
export const webLocks: Locks = {
  async hold(name, mode, work, signal) {
    try {
      return await navigator.locks.request(prefix + name, { mode, ...(signal ? { signal } : {}) }, work);
    } catch (error) {
      throw signal?.aborted && !(error instanceof TunesmithError) ? cancelled() : error;
    }
  },
  tryHold: async (name, work, otherwise) =>
    navigator.locks.request(prefix + name, { ifAvailable: true }, (lock) => (lock ? work() : otherwise)),
};

/** What every ended load rejects with. */
export const cancelled = (): TunesmithError =>
  new TunesmithError('model/cancelled', 'model: the loading was cancelled; what was downloaded is kept');
