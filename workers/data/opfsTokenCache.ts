import type { TokenCache } from '../../src/data/session/tokenCache';
import { decodeBlocks, encodeBlocks } from './blockFile';

/** Data sets whose arrays are kept; the one used longest ago goes first. */
const keptEntries = 3;

async function folder(): Promise<FileSystemDirectoryHandle> {
  const top = await navigator.storage.getDirectory();
  const own = await top.getDirectoryHandle('tunesmith', { create: true });
  return own.getDirectoryHandle('tokens', { create: true });
}

const nameOf = (sizeBytes: number, planKey: string): string => `${sizeBytes}-${planKey.slice(0, 32)}`;

/** Arrays of files in the origin private file system. Where there is none, or no room, nothing is kept: it is comfort. */
export const opfsTokenCache: TokenCache = {
  async load(sizeBytes, planKey) {
    try {
      const handle = await (await folder()).getFileHandle(nameOf(sizeBytes, planKey));
      return decodeBlocks(await (await handle.getFile()).arrayBuffer());
    } catch {
      return null;
    }
  },
  async save(sizeBytes, planKey, rows) {
    const name = nameOf(sizeBytes, planKey);
    try {
      const directory = await folder();
      await makeRoom(directory, name);
      // A writable's content takes the file's place when it is closed: a crash leaves the old one, or none.
      const stream = await (await directory.getFileHandle(name, { create: true })).createWritable();
      for (const part of encodeBlocks(rows)) await stream.write(part as Uint8Array<ArrayBuffer>);
      await stream.close();
    } catch {
      await (await folder()).removeEntry(name).catch(() => undefined);
    }
  },
};

async function makeRoom(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
  const others: { name: string; usedAt: number }[] = [];
  for await (const [other, handle] of directory.entries())
    if (other !== name && handle.kind === 'file')
      others.push({ name: other, usedAt: (await handle.getFile()).lastModified });
  others.sort((one, two) => two.usedAt - one.usedAt);
  for (const { name: old } of others.slice(keptEntries - 1)) await directory.removeEntry(old);
}
