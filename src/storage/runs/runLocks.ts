/**
 * Who may change what, among all tabs and workers of this origin. The browser frees a lock when its holder goes. Where it has
 * no Web Locks, one tab at a time is taken for granted.
 */
import { TunesmithError } from '../../lib/errors';
import { runLockName } from '../../protocol/locks';

const prefix = 'tunesmith.storage.runs';
const folderLock = (runId: string): string => `${prefix}.${runId}`;
const indexLock = prefix;
/** A sweep holds a folder for some milliseconds; who holds it longer than this is another run's worker. */
const patienceMs = 5000;

const locks = (): LockManager | undefined => (navigator as { locks?: LockManager }).locks;

/** Takes a run's folder; resolves to what gives it back. Throws `run/busy`. */
export async function holdRunFolder(runId: string): Promise<() => void> {
  const manager = locks();
  if (!manager) return () => undefined;
  const signal = AbortSignal.timeout(patienceMs);
  return new Promise((held, fail) => {
    const hold = (): Promise<void> => new Promise<void>((release) => held(release));
    manager.request(folderLock(runId), { signal }, hold).catch(() => fail(busy(runId)));
  });
}

/** Runs `work` with a run's folder, unless somebody holds it or the run is going on. Throws `run/busy` then. */
export async function withFreeRunFolder<T>(runId: string, work: () => Promise<T>): Promise<T> {
  const manager = locks();
  if (!manager) return work();
  if (await isHeld(runLockName(runId))) throw busy(runId);
  return manager.request(folderLock(runId), { ifAvailable: true }, (lock) => {
    if (!lock) throw busy(runId);
    return work();
  });
}

/** Runs `work`, which adds a run or its rows (`shared`), or removes what no run names (`exclusive`): never both at a time. */
export async function withRunIndex<T>(mode: LockMode, work: () => Promise<T>): Promise<T> {
  const manager = locks();
  return manager ? manager.request(indexLock, { mode }, work) : work();
}

/** Runs `work`, which writes a run's label: one writer at a time, and none while runs are removed. */
export async function withRunLabel<T>(runId: string, work: () => Promise<T>): Promise<T> {
  const manager = locks();
  if (!manager) return work();
  return manager.request(`${folderLock(runId)}.label`, () => withRunIndex('shared', work));
}

/** As `withRunIndex('exclusive')`, but resolves to `otherwise` at once while a run is being added. */
export async function withIdleRunIndex<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  const manager = locks();
  if (!manager) return work();
  return manager.request(indexLock, { ifAvailable: true }, (lock) => (lock ? work() : otherwise));
}

/** Whether a run is going on now, in any tab. */
export const isRunLive = (runId: string): Promise<boolean> => isHeld(runLockName(runId));

async function isHeld(name: string): Promise<boolean> {
  const { held } = (await locks()?.query()) ?? {};
  return held?.some((lock) => lock.name === name) ?? false;
}

const busy = (runId: string): TunesmithError =>
  new TunesmithError('run/busy', `run ${runId}: it is in use, here or in another tab; stop it, or wait for it`);
