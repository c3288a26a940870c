/**
 * What the page keeps in the origin private file system, so that a refresh finds it again: the last dropped file and
 * the last adapter. A folder here is a flat list of files; `manifest.json` is written last, so that a folder without
 * one is a write that never finished and counts as absent.
 */
const rootName = 'tunesmith';
const manifestName = 'manifest.json';

export interface KeptFile {
  name: string;
  bytes: Uint8Array | Blob;
}

export interface KeptFolder {
  /** Whatever the writer wanted to know again. */
  note: unknown;
  files: { name: string; file: File }[];
}

interface Manifest {
  note: unknown;
  files: { name: string; sizeBytes: number }[];
}

async function root(): Promise<FileSystemDirectoryHandle> {
  const top = await navigator.storage.getDirectory();
  return top.getDirectoryHandle(rootName, { create: true });
}

async function write(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: Uint8Array | Blob | string,
): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  try {
    await stream.write(content as FileSystemWriteChunkType);
  } catch (error) {
    await stream.abort().catch(() => undefined);
    throw error;
  }
  await stream.close();
}

/** Replaces the kept folder `name`. Resolves to false where the browser has no such storage or no room; nothing is kept then. */
export async function keepFolder(name: string, files: KeptFile[], note: unknown): Promise<boolean> {
  try {
    await forgetFolder(name);
    const folder = await (await root()).getDirectoryHandle(name, { create: true });
    const listed: Manifest['files'] = [];
    for (const [index, file] of files.entries()) {
      await write(folder, String(index), file.bytes);
      listed.push({ name: file.name, sizeBytes: file.bytes instanceof Blob ? file.bytes.size : file.bytes.byteLength });
    }
    await write(folder, manifestName, JSON.stringify({ note, files: listed } satisfies Manifest));
    return true;
  } catch {
    // On a full disk a part of it would only be in the way.
    await forgetFolder(name);
    return false;
  }
}

/** The kept folder, or null when there is none, it is incomplete, or storage is unavailable. */
export async function keptFolder(name: string): Promise<KeptFolder | null> {
  try {
    const folder = await (await root()).getDirectoryHandle(name);
    const text = await (await (await folder.getFileHandle(manifestName)).getFile()).text();
    const manifest = JSON.parse(text) as Manifest;
    const files: KeptFolder['files'] = [];
    for (const [index, entry] of manifest.files.entries()) {
      const file = await (await folder.getFileHandle(String(index))).getFile();
      if (file.size !== entry.sizeBytes) return null;
      files.push({ name: entry.name, file });
    }
    return { note: manifest.note, files };
  } catch {
    return null;
  }
}

/** Deletes a kept folder; absent is fine. */
export async function forgetFolder(name: string): Promise<void> {
  try {
    await (await root()).removeEntry(name, { recursive: true });
  } catch {
    // Absent, or no such storage: nothing is kept either way.
  }
}

/** Bytes this origin uses and may use, or null where the browser does not say. */
export async function storageEstimate(): Promise<{ usedBytes: number; quotaBytes: number } | null> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    return usage === undefined || quota === undefined ? null : { usedBytes: usage, quotaBytes: quota };
  } catch {
    return null;
  }
}
