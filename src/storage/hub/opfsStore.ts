/**
 * A store in the origin private file system. Files are written in place through synchronous handles, which only workers
 * have: a writable stream would copy a gigabyte to go on with it, and show nothing before it is closed.
 */
import { TunesmithError } from '../../lib/errors';
import { openSync, removeFile } from '../runs/diskFile';
import type { Store, StoreWriter } from './store';

/** The folder `tunesmith/<name>` of the private file system. */
export function opfsStore(name: string): Store {
  let opened: Promise<FileSystemDirectoryHandle> | null = null;
  const folder = (): Promise<FileSystemDirectoryHandle> => {
    opened ??= openFolder(name).catch((cause: unknown) => {
      opened = null;
      throw new TunesmithError(
        'storage/none',
        'storage: the browser gives this page no files of its own (a private window, or an address without https); use a normal window',
        { cause },
      );
    });
    return opened;
  };
  return {
    async names() {
      const names: string[] = [];
      for await (const each of (await folder()).keys()) names.push(each);
      return names;
    },
    async file(file) {
      try {
        return await (await (await folder()).getFileHandle(file)).getFile();
      } catch (error) {
        if (isNamed(error, 'NotFoundError')) return null;
        throw error;
      }
    },
    async open(file) {
      const handle = await (await folder()).getFileHandle(file, { create: true });
      try {
        return new OpfsWriter(await openSync(handle));
      } catch (cause) {
        throw busy(cause);
      }
    },
    async remove(file) {
      try {
        await removeFile(await folder(), file);
      } catch (error) {
        throw isNamed(error, 'NoModificationAllowedError') ? busy(error) : error;
      }
    },
  };
}

async function openFolder(name: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const own = await root.getDirectoryHandle('tunesmith', { create: true });
  return own.getDirectoryHandle(name, { create: true });
}

const isNamed = (error: unknown, name: string): boolean => error instanceof DOMException && error.name === name;

const busy = (cause: unknown): TunesmithError =>
  new TunesmithError(
    'storage/busy',
    'storage: the file is being written by another tab; wait for it, or close that tab',
    { cause },
  );

class OpfsWriter implements StoreWriter {
  constructor(private readonly handle: FileSystemSyncAccessHandle) {}

  sizeBytes(): number {
    return this.handle.getSize();
  }

  read(start: number, end: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, end - start));
    return bytes.subarray(0, this.handle.read(bytes, { at: start }));
  }

  write(bytes: Uint8Array, at: number): void {
    let done = 0;
    try {
      // A full disk may also end a write early.
      while (done < bytes.length) {
        const written = this.handle.write(bytes.subarray(done), { at: at + done });
        if (written === 0) throw new Error('nothing was written');
        done += written;
      }
    } catch (cause) {
      throw new TunesmithError(
        'storage/quota',
        `storage: no room for byte ${at + done}; delete models that you no longer use, or free disk space`,
        { cause },
      );
    }
  }

  truncate(sizeBytes: number): void {
    this.handle.truncate(sizeBytes);
  }

  flush(): void {
    this.handle.flush();
  }

  close(): void {
    this.handle.close();
  }
}
