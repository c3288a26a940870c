/** Some files of a zip, whole: those of a small folder such as an adapter's. */
import type { FileEntry } from '@zip.js/zip.js';
import { TunesmithError } from '../../lib/errors';

export interface FileOfZip {
  name: string;
  bytes: Uint8Array;
}

/**
 * The files of these names, wherever in the zip they lie; of two of one name the first. Absent ones are left out. Throws
 * `model/bad-zip` for what is no zip, is damaged, or says that a file is longer than `mostBytes`.
 */
export async function filesOfZip(zip: File, names: readonly string[], mostBytes: number): Promise<FileOfZip[]> {
  const { ZipReader, BlobReader, configure } = await import('@zip.js/zip.js/lib/zip-core-custom.js');
  configure({ useWebWorkers: false });
  const found = new Map<string, FileEntry>();
  try {
    for await (const entry of new ZipReader(new BlobReader(zip)).getEntriesGenerator()) {
      const name = entry.filename.split('/').at(-1) ?? '';
      if (!entry.directory && names.includes(name) && !found.has(name)) found.set(name, entry);
    }
    const files: FileOfZip[] = [];
    for (const [name, entry] of found) files.push({ name, bytes: await bytesOf(zip, entry, mostBytes) });
    return files;
  } catch (cause) {
    if (cause instanceof TunesmithError) throw cause;
    throw bad(zip, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Never more than the entry says, whatever the zip holds. */
async function bytesOf(zip: File, entry: FileEntry, mostBytes: number): Promise<Uint8Array> {
  const { filename, uncompressedSize } = entry;
  if (uncompressedSize > mostBytes) throw bad(zip, `${filename} is ${uncompressedSize} bytes long`);
  const bytes = new Uint8Array(uncompressedSize);
  let at = 0;
  const sink = new WritableStream<Uint8Array>({
    write(part) {
      if (at + part.length > bytes.length) throw bad(zip, `${filename} is longer than it says`);
      bytes.set(part, at);
      at += part.length;
    },
  });
  await entry.getData(sink, { checkCrc32: true });
  return bytes;
}

const bad = (zip: File, problem: string, cause?: unknown): TunesmithError =>
  new TunesmithError('model/bad-zip', `${zip.name}: must be a sound zip file, got: ${problem}; pack it again`, {
    path: zip.name,
    cause,
  });
