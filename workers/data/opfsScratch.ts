/** A scratch in the browser's private file system: rows of files that are not JSON text, on disk instead of in memory. */
import { createMemoryScratch } from '../../src/data/ingest/memoryScratch';
import type { Scratch } from '../../src/data/ingest/rowSource';
import { TunesmithError } from '../../src/lib/errors';

/** Opens the folder; rejects where there is no private file system (an insecure page, a private window). */
async function scratchFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const own = await root.getDirectoryHandle('tunesmith', { create: true });
  return own.getDirectoryHandle('scratch', { create: true });
}

/**
 * Deletes what earlier visits left. Call it once when the worker starts: files that another tab holds open are locked
 * and stay. Never rejects.
 */
export async function removeStaleScratch(): Promise<void> {
  try {
    const folder = await scratchFolder();
    const names: string[] = [];
    for await (const name of folder.keys()) names.push(name);
    await Promise.allSettled(names.map((name) => folder.removeEntry(name)));
  } catch {
    // No private file system, nothing stale.
  }
}

/** A new scratch file, or a scratch in memory where files can't be had. */
export async function createOpfsScratch(): Promise<Scratch> {
  try {
    const folder = await scratchFolder();
    const name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    const file = await folder.getFileHandle(name, { create: true });
    return new OpfsScratch(folder, name, await file.createSyncAccessHandle());
  } catch {
    return createMemoryScratch();
  }
}

class OpfsScratch implements Scratch {
  #size = 0;
  #isReleased = false;

  constructor(
    private readonly folder: FileSystemDirectoryHandle,
    private readonly name: string,
    private readonly handle: FileSystemSyncAccessHandle,
  ) {}

  /** Throws `data/storage-full` when the browser grants no more room. */
  append(bytes: Uint8Array): void {
    let done = 0;
    try {
      // A full disk may also end a write early.
      while (done < bytes.length) {
        const written = this.handle.write(bytes.subarray(done), { at: this.#size + done });
        if (written === 0) throw new Error('nothing was written');
        done += written;
      }
    } catch (cause) {
      const megabytes = Math.ceil((this.#size + bytes.length) / 1e6);
      throw new TunesmithError(
        'data/storage-full',
        `rows: the browser's storage must hold them while the file is open, and it is full at ${megabytes} MB; free disk space, or bring a smaller file`,
        { cause },
      );
    }
    this.#size += done;
  }

  read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, this.#size) - start));
    let done = 0;
    while (!this.#isReleased && done < bytes.length) {
      const read = this.handle.read(bytes.subarray(done), { at: start + done });
      if (read === 0) break;
      done += read;
    }
    return Promise.resolve(bytes.subarray(0, done));
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.handle.close();
    try {
      await this.folder.removeEntry(this.name);
    } catch {
      // The next visit removes it.
    }
  }
}
