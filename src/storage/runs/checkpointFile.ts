/** A checkpoint on disk, read back, and judged. */
import { TunesmithError } from '../../lib/errors';
import { rangedBytes, type RangedBytes } from '../../lib/ranged';
import { openFile } from './diskFile';
import type { StoredRun } from './storedRun';

/** Opens a document of the trainer; rejects where it is not whole. What it returns may read from the file later on. */
export type OpenDocument<T> = (file: RangedBytes) => Promise<T>;

export interface OpenedCheckpoint<T> {
  step: number;
  document: T;
}

/** Throws `checkpoint/damaged` for a file that is missing or not as long as it was, and whatever `open` throws. */
export async function openCheckpointFile<T>(
  directory: FileSystemDirectoryHandle,
  { step, file: name, bytes }: StoredRun['checkpoints'][number],
  open: OpenDocument<T>,
): Promise<OpenedCheckpoint<T>> {
  const file = await openFile(directory, name);
  if (file?.size !== bytes)
    throw new TunesmithError(
      'checkpoint/damaged',
      `checkpoint of step ${step}: must be ${bytes} bytes long, got ${file ? `${file.size} bytes` : 'no file'}; use the one before it`,
    );
  return { step, document: await open(rangedBytes(file)) };
}
