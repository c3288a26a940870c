import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryScratch } from '../../src/data/ingest/memoryScratch';
import { createOpfsScratch, removeStaleScratch } from './opfsScratch';

/** As much of the private file system as a scratch needs; writes go in at most `writeBytes` at once. */
class FakeFolder {
  readonly folders = new Map<string, FakeFolder>();
  readonly files = new Map<string, Uint8Array>();
  readonly locked = new Set<string>();
  constructor(
    private readonly writeBytes: number,
    private readonly roomBytes: number,
  ) {}

  getDirectoryHandle(name: string): Promise<FakeFolder> {
    const folder = this.folders.get(name) ?? new FakeFolder(this.writeBytes, this.roomBytes);
    this.folders.set(name, folder);
    return Promise.resolve(folder);
  }
  async *keys(): AsyncGenerator<string> {
    await Promise.resolve();
    yield* this.files.keys();
  }
  removeEntry(name: string): Promise<void> {
    if (this.locked.has(name)) return Promise.reject(new Error('NoModificationAllowedError'));
    this.files.delete(name);
    return Promise.resolve();
  }
  getFileHandle(name: string): Promise<unknown> {
    this.files.set(name, new Uint8Array(0));
    const { files, locked, writeBytes, roomBytes } = this;
    return Promise.resolve({
      createSyncAccessHandle: () => {
        locked.add(name);
        return Promise.resolve({
          write(bytes: Uint8Array, { at }: { at: number }): number {
            const part = bytes.subarray(0, writeBytes);
            if (at + part.length > roomBytes) throw new Error('QuotaExceededError');
            const grown = new Uint8Array(Math.max(files.get(name)?.length ?? 0, at + part.length));
            grown.set(files.get(name) ?? []);
            grown.set(part, at);
            files.set(name, grown);
            return part.length;
          },
          read(into: Uint8Array, { at }: { at: number }): number {
            const part = files.get(name)?.subarray(at, at + Math.min(into.length, 3)) ?? new Uint8Array(0);
            into.set(part);
            return part.length;
          },
          close: () => locked.delete(name),
        });
      },
    });
  }
}

async function withFolder(writeBytes = 1 << 20, roomBytes = 1 << 20): Promise<FakeFolder> {
  const root = new FakeFolder(writeBytes, roomBytes);
  vi.stubGlobal('navigator', { storage: { getDirectory: () => Promise.resolve(root) } });
  return (await root.getDirectoryHandle('tunesmith')).getDirectoryHandle('scratch');
}
afterEach(() => vi.unstubAllGlobals());
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const utf8 = (words: string): Uint8Array => new TextEncoder().encode(words);

describe('a scratch in the private file system', () => {
  it('reads what was appended, however little the disk takes at once', async () => {
    const folder = await withFolder(2);
    const scratch = await createOpfsScratch();
    await scratch.append(utf8('hello '));
    await scratch.append(utf8('world'));
    expect(text(await scratch.read(0, 11))).toBe('hello world');
    expect(text(await scratch.read(4, 8))).toBe('o wo');
    expect(text(await scratch.read(9, 99))).toBe('ld');
    expect(folder.files.size).toBe(1);
    await scratch.release();
    await scratch.release();
    expect(folder.files.size).toBe(0);
    expect((await scratch.read(0, 5)).length).toBe(0);
  });

  it('names a full disk', async () => {
    await withFolder(4, 8);
    const scratch = await createOpfsScratch();
    await scratch.append(utf8('12345678'));
    expect(() => scratch.append(utf8('9'))).toThrow(/^rows: .+; free disk space/);
  });

  it('removes what earlier visits left, and leaves what another tab holds', async () => {
    const folder = await withFolder();
    folder.files.set('old', utf8('x'));
    const held = await createOpfsScratch();
    await removeStaleScratch();
    expect(folder.files.has('old')).toBe(false);
    expect(folder.files.size).toBe(1);
    await held.release();
  });

  it('is in memory where there is none', async () => {
    vi.stubGlobal('navigator', {});
    await removeStaleScratch();
    const scratch = await createOpfsScratch();
    expect(scratch).toBeInstanceOf(MemoryScratch);
    await scratch.append(utf8('hello'));
    await scratch.append(utf8(' world'));
    expect(text(await scratch.read(3, 8))).toBe('lo wo');
  });
});
