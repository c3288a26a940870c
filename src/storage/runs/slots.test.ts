import { describe, expect, test } from 'vitest';
import { readSlots, slotsToRemove, writeSlots } from './slots';
import { FakeDisk } from './testing/fakeDisk';

const folderOf = (disk: FakeDisk) => disk.root as unknown as FileSystemDirectoryHandle;
const fileOf = async (disk: FakeDisk, name: string) =>
  (await disk.root.getFileHandle(name)) as unknown as { bytes: Uint8Array };

describe('a document in two slots', () => {
  test.each([
    ['a worker', true],
    ['the page', false],
  ] as const)('written by %s and cut at any byte, it is the one before or the one meant', async (_, isWorker) => {
    const first = new FakeDisk();
    first.isWorker = isWorker;
    for (const value of ['one', 'two', 'three']) await writeSlots(folderOf(first), 'run', { value });
    // Behind the text there are only the spaces of a page.
    for (let cut = 0, isDone = false; !isDone; cut += cut < 300 ? 1 : 61) {
      const disk = first.copy();
      disk.isWorker = isWorker;
      disk.crashAfter(cut);
      isDone = await writeSlots(folderOf(disk), 'run', { value: 'four' }).then(
        () => true,
        () => false,
      );
      disk.restart();
      const found = await readSlots(folderOf(disk), 'run');
      expect(found).toEqual({ value: { value: isDone ? 'four' : (expect.stringMatching(/three|four/) as string) } });
    }
  });

  test('a byte that was altered: the one before counts; both altered: none', async () => {
    const disk = new FakeDisk();
    await writeSlots(folderOf(disk), 'run', 1);
    await writeSlots(folderOf(disk), 'run', 2);
    expect(await readSlots(folderOf(disk), 'run')).toEqual({ value: 2 });
    (await fileOf(disk, 'run.a.json')).bytes[65]! ^= 1;
    expect(await readSlots(folderOf(disk), 'run')).toEqual({ value: 1 });
    await writeSlots(folderOf(disk), 'run', 3);
    expect(await readSlots(folderOf(disk), 'run')).toEqual({ value: 3 });
    expect(await slotsToRemove(folderOf(disk), 'run')).toEqual(['run.b.json', 'run.a.json']);
    for (const name of ['run.a.json', 'run.b.json']) (await fileOf(disk, name)).bytes[0]! ^= 1;
    expect(await readSlots(folderOf(disk), 'run')).toBeNull();
  });

  test('once it is there, a full disk takes new states of it', async () => {
    const disk = new FakeDisk();
    await writeSlots(folderOf(disk), 'run', { status: 'running' });
    disk.quotaBytes = disk.usedBytes();
    for (const status of ['running', 'stopped', 'completed']) await writeSlots(folderOf(disk), 'run', { status });
    expect(await readSlots(folderOf(disk), 'run')).toEqual({ value: { status: 'completed' } });
  });
});
