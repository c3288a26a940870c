/**
 * Inflated files of the zips that are open, in the origin private file system: weights are read in parts, and deflated
 * bytes can only be read from their beginning. Each zip has an id, which begins the names of its files; `<name>.ok` says
 * that one is whole. A zip's files are held by a lock while a worker uses them, and removed by whoever finds them free.
 */
import { webLocks, type Locks } from '../hub/locks';
import { opfsStore } from '../hub/opfsStore';
import type { Store } from '../hub/store';
import { storageEstimate } from '../keep';

export interface UnzipEnvironment {
  store: Store;
  locks: Locks;
  /** Bytes that this origin uses and may use; null: unknown. */
  estimate(): Promise<{ usedBytes: number; quotaBytes: number } | null>;
  /** The zip that this thread uses. */
  held: { zipId: string; release: () => void } | null;
}

let environment: UnzipEnvironment | null = null;

/** The browser's. */
export function browserUnzip(): UnzipEnvironment {
  environment ??= { store: opfsStore('unzipped'), locks: webLocks, estimate: storageEstimate, held: null };
  return environment;
}

const lockOf = (zipId: string): string => `unzipped/${zipId}`;

/** Names of a zip's file and of the mark that it is whole. */
export const unzippedNames = (zipId: string, key: string): { bytes: string; ok: string } => ({
  bytes: `${zipId}-${key}`,
  ok: `${zipId}-${key}.ok`,
});

/** Keeps a zip's files from being removed, until this thread holds another's or ends. */
export async function holdUnzipped(environment: UnzipEnvironment, zipId: string): Promise<void> {
  if (environment.held?.zipId === zipId) return;
  environment.held?.release();
  environment.held = null;
  await new Promise<void>((held, fail) => {
    const work = (): Promise<void> =>
      new Promise<void>((release) => {
        environment.held = { zipId, release };
        held();
      });
    environment.locks.hold(lockOf(zipId), 'shared', work).catch(fail);
  });
}

/** Removes the files of zips that nobody uses. Never rejects: what is left is removed another time. */
export async function removeUnzipped({ store, locks }: UnzipEnvironment = browserUnzip()): Promise<void> {
  try {
    const names = await store.names();
    for (const zipId of new Set(names.map((name) => name.split('-', 1)[0] ?? ''))) {
      const own = names.filter((name) => name.startsWith(`${zipId}-`));
      // The marks first: a file that is half gone must not count as whole.
      const marksFirst = own.sort((one, two) => two.length - one.length);
      const remove = async (): Promise<void> => {
        for (const name of marksFirst) await store.remove(name);
      };
      await locks.tryHold(lockOf(zipId), remove, undefined);
    }
  } catch {
    // No private file system, or a file is in use: nothing to do about it now.
  }
}
