import { expect, test } from 'vitest';
import { TunesmithError } from '../../src/lib/errors';
import { pieced, type PiecedBytes } from '../../src/lib/pieced';
import type { RunRecord } from '../../src/protocol/run';
import type { KeptFolder } from './runKeeper';
import { RunStorage } from './runStorage';

/** More than is held in memory; what it says is not what it gives. */
const largeBytes = 2 ** 28 + 1;

interface Heard {
  warnings: string[];
  announced: number[];
  remembered: number[];
}

/** Storage over a folder whose only verb is `save`. */
async function storageOver(save: (pieces: number) => Promise<void>): Promise<{ storage: RunStorage; heard: Heard }> {
  const heard: Heard = { warnings: [], announced: [], remembered: [] };
  const storage = new RunStorage(null, {
    warn: (code) => heard.warnings.push(code),
    progress: () => ({}),
    announce: (step) => heard.announced.push(step),
    remember: ({ step }) => heard.remembered.push(step),
  });
  const folder = {
    record: {} as RunRecord,
    update: () => Promise.resolve(),
    async saveCheckpoint(_: number, document: PiecedBytes) {
      let pieces = 0;
      for await (const piece of document.pieces()) pieces += piece.length;
      await save(pieces);
    },
  };
  storage.begin(() => Promise.resolve(folder as unknown as KeptFolder));
  await storage.settled();
  return { storage, heard };
}

const documentOf = (sizeBytes: number, fails = false): PiecedBytes => ({
  sizeBytes,
  async *pieces() {
    yield await Promise.resolve(Uint8Array.of(1, 2, 3));
    if (fails) throw new Error('the device was lost');
    yield Uint8Array.of(4);
  },
});

test('a large checkpoint is on disk when its saving returns; of a small one a copy is written afterwards', async () => {
  const written: number[] = [];
  let goOn = (): void => undefined;
  const open = new Promise<void>((resolve) => (goOn = resolve));
  const { storage, heard } = await storageOver(async (bytes) => {
    if (bytes === 3) await open;
    written.push(bytes);
  });
  await storage.checkpoint(1, documentOf(largeBytes));
  expect(written).toEqual([4]);
  expect(heard.announced).toEqual([1]);
  await storage.checkpoint(2, pieced(Uint8Array.of(7, 8, 9)));
  expect(written).toEqual([4]);
  goOn();
  await storage.settled();
  expect(written).toEqual([4, 3]);
  expect(heard).toEqual({ warnings: [], announced: [1, 2], remembered: [] });
});

test('trouble with the disk is told, and the run goes on; a small checkpoint is remembered', async () => {
  const { storage, heard } = await storageOver(() => Promise.reject(new Error('broken')));
  await storage.checkpoint(1, documentOf(largeBytes));
  await storage.checkpoint(2, documentOf(4));
  await storage.settled();
  expect(heard).toEqual({ warnings: ['storage/unavailable'], announced: [], remembered: [2] });
});

test('trouble with the device is no trouble with the disk', async () => {
  const { storage, heard } = await storageOver(() => Promise.resolve());
  await expect(storage.checkpoint(1, documentOf(largeBytes, true))).rejects.toThrow('the device was lost');
  await expect(storage.checkpoint(2, documentOf(4, true))).rejects.toThrow('the device was lost');
  expect(heard).toEqual({ warnings: [], announced: [], remembered: [] });
});

test('that the result is not kept is told, whatever was told before; nothing is written after the end', async () => {
  const told: string[] = [];
  let isOpen = true;
  const written: unknown[] = [];
  const full = () => Promise.reject(new TunesmithError('storage/full', 'no room'));
  const storage: RunStorage = new RunStorage(null, {
    warn: (code) => {
      told.push(code);
      // As a run does it: what is told belongs to its story.
      storage.push({ event: 'warning', code, message: code });
    },
    progress: () => ({}),
    announce: () => undefined,
    remember: () => undefined,
  });
  const folder = {
    record: {} as RunRecord,
    saveCheckpoint: full,
    saveAdapter: full,
    append(events: readonly unknown[]) {
      if (!isOpen) return Promise.reject(new Error('it is closed'));
      written.push(...events);
      return Promise.resolve();
    },
    close: () => Promise.resolve(void (isOpen = false)),
  };
  storage.begin(() => Promise.resolve(folder as unknown as KeptFolder));
  await storage.settled();
  for (const step of [1, 2]) await storage.checkpoint(step, documentOf(4));
  storage.saveAdapter([]);
  await storage.close();
  storage.push({ event: 'warning', code: 'late', message: '' });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(told).toEqual(['storage/full', 'storage/full']);
  expect(written).toHaveLength(2);
});
