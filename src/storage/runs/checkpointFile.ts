/** A checkpoint read back, and judged. */
import { TunesmithError } from '../../lib/errors';
import { readFile } from './diskFile';
import type { StoredRun } from './storedRun';

export interface KeptCheckpoint {
  step: number;
  bytes: Uint8Array;
}

/** Throws `checkpoint/damaged` for a file that is missing or not as long as it was, and whatever `verify` throws. */
export async function readCheckpointFile(
  directory: FileSystemDirectoryHandle,
  entry: StoredRun['checkpoints'][number],
  verify: (bytes: Uint8Array) => Promise<unknown>,
): Promise<KeptCheckpoint> {
  const bytes = await readFile(directory, entry.file);
  if (bytes?.length !== entry.bytes) {
    const got = bytes ? `${bytes.length} bytes` : 'no file';
    throw new TunesmithError(
      'checkpoint/damaged',
      `checkpoint of step ${entry.step}: must be ${entry.bytes} bytes long, got ${got}; use the one before it`,
    );
  }
  await verify(bytes);
  return { step: entry.step, bytes };
}
