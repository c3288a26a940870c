/**
 * Files of the origin private file system, read and replaced whole. No write here is atomic by itself: every file is written
 * under a name that nothing refers to yet, and counts only once a record names it (slots.ts).
 *
 * A worker writes through a synchronous handle: 6 MB take 14 ms and 100 MB 59 ms (with `flush` 24 and 163), where a writable
 * stream takes 35 and 787 and leaves a `.crswap` file behind when its tab is killed (Chromium, disk; medians). In parts, so
 * that the worker's other messages wait 7 ms, not 48. The page has writable streams only.
 */
import { pieced, type PiecedBytes } from '../../lib/pieced';
import { isAbsent } from './places';

const partBytes = 1 << 20;
const readAttempts = 4;
const freeAttempts = 40;

/** A file's present content, or null where there is none. */
export async function openFile(directory: FileSystemDirectoryHandle, name: string): Promise<File | null> {
  try {
    return await (await directory.getFileHandle(name)).getFile();
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** All bytes of a file, or null where there is none. One that changes while it is read is read again. */
export async function readFile(directory: FileSystemDirectoryHandle, name: string): Promise<Uint8Array | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      const file = await openFile(directory, name);
      return file && new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if (attempt === readAttempts) throw error;
      await new Promise((next) => setTimeout(next, 20));
    }
  }
}

/**
 * Puts bytes in place of what a file held; they must not change until this resolves. Throws `QuotaExceededError` as the
 * browser does; what is then in the file is nobody's.
 */
export const writeFile = (directory: FileSystemDirectoryHandle, name: string, bytes: Uint8Array): Promise<void> =>
  writePieces(directory, name, pieced(bytes));

/** As {@link writeFile}, of bytes that are made as they are written; throws also what making them throws. */
export async function writePieces(
  directory: FileSystemDirectoryHandle,
  name: string,
  { sizeBytes, pieces }: PiecedBytes,
): Promise<void> {
  const handle = await directory.getFileHandle(name, { create: true });
  if (typeof handle.createSyncAccessHandle !== 'function') {
    const stream = await handle.createWritable();
    try {
      for await (const piece of pieces()) await stream.write(piece as Uint8Array<ArrayBuffer>);
    } catch (error) {
      await stream.abort().catch(() => undefined);
      throw error;
    }
    return stream.close();
  }
  const access = await openSync(handle);
  try {
    // In place: on a full disk a file may not grow again that was emptied.
    if (access.getSize() > sizeBytes) access.truncate(sizeBytes);
    let at = 0;
    for await (const piece of pieces())
      for (let from = 0; from < piece.length; from += partBytes) {
        if (at > 0) await new Promise((next) => setTimeout(next));
        const part = piece.subarray(from, from + partBytes);
        writeAll(access, part, at);
        at += part.length;
      }
    access.flush();
    needSize(access, sizeBytes);
  } finally {
    access.close();
  }
}

/** Opens a file for writing in place; nobody else can meanwhile. For workers. */
export const openSync = (handle: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> =>
  onceFree(() => handle.createSyncAccessHandle());

/** The browser frees the files of a thread that was ended a moment after its locks: until then they are refused. */
async function onceFree<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isTaken = error instanceof Error && error.name === 'NoModificationAllowedError';
      if (!isTaken || attempt === freeAttempts) throw error;
      await new Promise((next) => setTimeout(next, 50));
    }
  }
}

/** Throws where fewer bytes are there than were written: on a full disk Chromium may count bytes that it does not keep. */
export function needSize(access: FileSystemSyncAccessHandle, bytes: number): void {
  const size = access.getSize();
  if (size < bytes) throw new DOMException(`${size} of ${bytes} bytes were kept`, 'QuotaExceededError');
}

/** Writes every byte, or throws: a full disk may also end a write early, without an error. */
export function writeAll(access: FileSystemSyncAccessHandle, bytes: Uint8Array, at: number): void {
  let done = 0;
  while (done < bytes.length) {
    const written = access.write(bytes.subarray(done), { at: at + done });
    if (written === 0) throw new DOMException('nothing was written', 'QuotaExceededError');
    done += written;
  }
}

/** Deletes a file; absent is fine. */
export async function removeFile(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
  try {
    await onceFree(() => directory.removeEntry(name));
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** Names and sizes of a folder's files. A file that is being written at this moment may count as empty. */
export async function listFiles(directory: FileSystemDirectoryHandle): Promise<{ name: string; bytes: number }[]> {
  const files: { name: string; bytes: number }[] = [];
  for await (const handle of directory.values()) {
    if (handle.kind !== 'file') continue;
    const size = handle.getFile().then((file) => file.size);
    files.push({ name: handle.name, bytes: await size.catch(() => 0) });
  }
  return files;
}
