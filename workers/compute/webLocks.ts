import { TunesmithError } from '../../src/lib/errors';
import { runLockName, trainingLockName } from '../../src/protocol/locks';

/** The browser's Web Locks; null where there are none (insecure pages): then nothing is guarded against other tabs. */
export type Locks = Pick<LockManager, 'request'> | null;

/** A reload leaves the old worker its locks for a moment, and so does a tab that only waited for its turn. */
const tries = 10;
const tryEveryMs = 100;

type Release = () => void;

/** Holds the lock `name`, exclusively, until the result is called; null: somebody else has it. */
async function take(locks: Locks, name: string): Promise<Release | null> {
  if (!locks) return () => undefined;
  for (let left = tries; left > 0; left--) {
    const release = await new Promise<Release | null>((resolve) => {
      locks
        .request(name, { ifAvailable: true }, (lock) => {
          if (lock) return new Promise<void>((free) => resolve(free));
          resolve(null);
        })
        // An origin that may not have locks has no other tabs to guard against.
        .catch(() => resolve(() => undefined));
    });
    if (release) return release;
    await new Promise((resolve) => setTimeout(resolve, tryEveryMs));
  }
  return null;
}

/**
 * The right to train: one run on this machine at a time; with `runId` also the sign that this kept run is going on. Throws
 * `train/other-tab`.
 */
export async function holdRun(locks: Locks, runId: string | null): Promise<Release> {
  const training = await take(locks, trainingLockName);
  const kept = training && (runId === null ? () => undefined : await take(locks, runLockName(runId)));
  if (training && kept)
    return () => {
      kept();
      training();
    };
  training?.();
  throw new TunesmithError(
    'train/other-tab',
    'training: another tab is training; wait until its run has ended, or stop it there',
  );
}

/** The name of a lock that this worker holds until it ends; null without locks. */
export async function holdWhileAlive(locks: Locks): Promise<string | null> {
  if (!locks) return null;
  const name = `tunesmith.worker.${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    locks
      .request(name, () => {
        resolve(name);
        return new Promise<void>(() => undefined);
      })
      .catch(() => resolve(null));
  });
}
