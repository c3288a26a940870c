/**
 * Where runs lie in the origin private file system: `tunesmith/runs/<id>/` for each run, `tunesmith/rows/<hash>` for the
 * rows that runs were trained on, which runs may share.
 */
import { TunesmithError } from '../../lib/errors';

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
export const isAbsent = (error: unknown): boolean => isNamed(error, 'NotFoundError');

async function own(name: 'runs' | 'rows'): Promise<FileSystemDirectoryHandle> {
  try {
    const root = await navigator.storage.getDirectory();
    const top = await root.getDirectoryHandle('tunesmith', { create: true });
    return await top.getDirectoryHandle(name, { create: true });
  } catch (cause) {
    throw new TunesmithError(
      'storage/unavailable',
      'storage: the browser gives this page no files of its own (a private window, or an address without https); use a normal window to keep runs',
      { cause },
    );
  }
}

/** The folder of all runs. Throws `storage/unavailable`. */
export const runsDirectory = (): Promise<FileSystemDirectoryHandle> => own('runs');

/** The folder of rows. Throws `storage/unavailable`. */
export const rowsDirectory = (): Promise<FileSystemDirectoryHandle> => own('rows');

/** The folder of one run; null where there is none. Throws `storage/unavailable`. */
export async function runDirectory(runId: string): Promise<FileSystemDirectoryHandle | null> {
  const runs = await runsDirectory();
  try {
    return await runs.getDirectoryHandle(runId);
  } catch (error) {
    // A name that cannot be one (a slash in it) is a TypeError: there is no such run either.
    if (isAbsent(error) || error instanceof TypeError) return null;
    throw error;
  }
}

/** Error for a run that is not in storage. */
export const noRun = (runId: string): TunesmithError =>
  new TunesmithError(
    'run/none',
    `run ${runId}: it is not in this browser's storage; it was deleted, or kept elsewhere`,
  );
