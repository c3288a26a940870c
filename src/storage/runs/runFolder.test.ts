import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pieced } from '../../lib/pieced';
import type { RunEventBody } from '../../protocol/run';
import { RunFolder } from './runFolder';
import { listRuns, openModelOf, readAdapter, readEvents } from './runList';
import { sweepRuns } from './sweepRuns';
import { FakeDisk } from './testing/fakeDisk';
import { sampleCheckpoint, sampleRecord, sampleRows, stepEvent, openSample } from './testing/sampleRun';

let disk: FakeDisk;
beforeEach(() => {
  disk = new FakeDisk();
  useDisk();
});
afterEach(() => vi.unstubAllGlobals());

const useDisk = (): void => void vi.stubGlobal('navigator', disk.navigator());
const create = async (id = 'run-1'): Promise<RunFolder> => RunFolder.create(await sampleRecord(id), sampleRows());
const never = (step: number, problem: string): void => expect.unreachable(`step ${step}: ${problem}`);
const newest = async (folder: RunFolder): Promise<number | undefined> =>
  (await folder.newestCheckpoint(openSample, never))?.step;
const refusal = (work: Promise<unknown>): Promise<{ code?: string; details?: { data?: object } }> =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error as { code: string },
  );
/** Files of the run's folder that look like `kind`. */
const filesLike = (kind: string): string[] => disk.files().flatMap(([path]) => (path.includes(kind) ? [path] : []));

describe('a run in storage', () => {
  test('comes back as it was: record, rows, metrics, checkpoint, adapter', async () => {
    const folder = await create();
    const events = [stepEvent(1), { event: 'eval', step: 1, loss: 800, perplexity: Infinity, token_accuracy: 0 }];
    await folder.append(events as RunEventBody[]);
    await folder.saveCheckpoint(1, pieced(await sampleCheckpoint(1)), 3);
    const adapter = [{ name: 'adapter_model.safetensors', bytes: Uint8Array.of(1, 2, 3) }];
    await folder.saveAdapter(adapter);
    await folder.update({ status: 'stopped', steps: 1 });
    await folder.close();

    const [run] = await listRuns();
    expect(run?.record).toMatchObject({ id: 'run-1', status: 'stopped', steps: 1, checkpoints: [1] });
    expect(run?.hasAdapter).toBe(true);
    expect(await readEvents('run-1')).toEqual(events);
    expect(await readAdapter('run-1')).toEqual(adapter);
    const again = await RunFolder.open('run-1');
    expect(await again.rows()).toEqual(sampleRows());
    expect(await again.newestCheckpoint(openSample, never)).toEqual({ step: 1, document: await sampleCheckpoint(1) });
    expect(await refusal(again.checkpoint(2, openSample))).toMatchObject({ code: 'run/no-checkpoint' });
    await again.close();
  });

  test('a whole model is kept in pieces, and one that is cut or gone is told', async () => {
    const folder = await create();
    expect(await openModelOf('run-1', openSample)).toBeNull();
    const bytes = await sampleCheckpoint(4, 300);
    const inThree = {
      sizeBytes: bytes.length,
      async *pieces() {
        for (const at of [0, 100, 200])
          yield await Promise.resolve(bytes.subarray(at, at === 200 ? undefined : at + 100));
      },
    };
    for (let times = 0; times < 2; times++) await folder.saveModel(inThree);
    await folder.close();
    expect(filesLike('model-')).toHaveLength(1);
    expect((await listRuns())[0]).toMatchObject({ hasModel: true, hasAdapter: false });
    const found = await openModelOf('run-1', openSample);
    expect(found).toMatchObject({ record: { id: 'run-1' }, document: bytes });
    const file = (await (
      await directoryOf('run-1')
    ).getFileHandle(filesLike('model-')[0]?.split('/').at(-1) ?? '')) as unknown as { bytes: Uint8Array };
    file.bytes = file.bytes.slice(0, 99);
    expect(await refusal(openModelOf('run-1', openSample))).toMatchObject({ code: 'run/damaged' });
    file.bytes = bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte));
    await expect(openModelOf('run-1', openSample)).rejects.toThrow('checksum');
  });

  test('what makes the pieces may fail: what was there stays', async () => {
    const folder = await create();
    await folder.saveCheckpoint(1, pieced(await sampleCheckpoint(1)), null);
    const broken = {
      sizeBytes: 164,
      async *pieces() {
        yield await Promise.resolve(new Uint8Array(100));
        throw new Error('the device was lost');
      },
    };
    await expect(folder.saveCheckpoint(2, broken, null)).rejects.toThrow('the device was lost');
    expect(folder.record.checkpoints).toEqual([1]);
    expect(filesLike('checkpoint-')).toHaveLength(1);
  });

  test('rotates, oldest first', async () => {
    const folder = await create();
    for (const step of [2, 4, 6, 8]) await folder.saveCheckpoint(step, pieced(await sampleCheckpoint(step)), 3);
    expect(folder.record.checkpoints).toEqual([4, 6, 8]);
    expect(filesLike('checkpoint-')).toHaveLength(3);
    await folder.saveCheckpoint(8, pieced(await sampleCheckpoint(8)), 3);
    expect(folder.record.checkpoints).toEqual([4, 6, 8]);
    expect(await newest(folder)).toBe(8);
  });

  test('a checkpoint that was altered or cut is passed over and reported', async () => {
    const folder = await create();
    for (const step of [1, 2, 3]) await folder.saveCheckpoint(step, pieced(await sampleCheckpoint(step)), null);
    const [, two, three] = filesLike('checkpoint-').map((path) => disk.root.all('').find(([each]) => each === path));
    two![1][50]! ^= 1;
    const file = await (await directoryOf('run-1')).getFileHandle(three![0].split('/').at(-1)!);
    (file as unknown as { bytes: Uint8Array }).bytes = three![1].slice(0, 90);
    const reports: [number, string][] = [];
    const found = await folder.newestCheckpoint(openSample, (...report) => reports.push(report));
    expect(found?.step).toBe(1);
    expect(reports).toEqual([
      [3, expect.stringContaining('164 bytes long, got 90 bytes')],
      [2, expect.stringContaining('checksum')],
    ]);
    expect(await refusal(folder.checkpoint(3, openSample))).toMatchObject({ code: 'checkpoint/damaged' });
    await folder.rewind(1);
    expect(folder.record.checkpoints).toEqual([1]);
    expect(filesLike('checkpoint-')).toHaveLength(1);
  });

  test('rewinds: later steps go, warnings stay, a torn last line is no line, an altered one is told', async () => {
    const folder = await create();
    const warning: RunEventBody = { event: 'warning', code: 'a/b', message: 'c\td\ne' };
    await folder.append([stepEvent(1), stepEvent(2), stepEvent(3), warning]);
    await folder.append([{ event: 'end', reason: 'stopped', steps: 3, best_step: null }]);
    const [log] = disk.files().filter(([path]) => path.includes('events-'));
    log![1][20]! ^= 1;
    await folder.close();
    const torn = (await (await directoryOf('run-1')).getFileHandle('events-0')) as unknown as { bytes: Uint8Array };
    torn.bytes = Uint8Array.from([...torn.bytes, 123, 34]);

    const again = await RunFolder.open('run-1');
    const kept = await again.rewind(2);
    expect(kept).toEqual([stepEvent(2), warning, expect.objectContaining({ event: 'warning', code: 'run/damaged' })]);
    await again.append([stepEvent(3)]);
    expect(await readEvents('run-1')).toEqual([...kept, stepEvent(3)]);
    expect(filesLike('events-')).toHaveLength(1);
  });

  test('has one writer', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      const control = new AbortController();
      setTimeout(() => control.abort(), 20);
      return control.signal;
    });
    const folder = await create();
    expect(await refusal(create())).toMatchObject({ code: 'run/busy' });
    await folder.close();
    expect(await refusal(create())).toMatchObject({ code: 'run/exists' });
    expect(await refusal(RunFolder.open('run-2'))).toMatchObject({ code: 'run/none' });
    expect(await refusal(RunFolder.open('../runs'))).toMatchObject({ code: 'run/none' });
    vi.restoreAllMocks();
  });

  test('opens although the browser frees the files of an ended worker a moment after its locks', async () => {
    await (await create()).close();
    const file = await (await directoryOf('run-1')).getFileHandle('events-0');
    const left = await file.createSyncAccessHandle();
    setTimeout(() => left.close(), 80);
    const folder = await RunFolder.open('run-1');
    await folder.append([stepEvent(1)]);
    await folder.close();
  });

  test('rows that were altered are not trained on', async () => {
    const folder = await create();
    const [rows] = disk.files().filter(([path]) => path.startsWith('tunesmith/rows/'));
    rows![1][rows![1].length - 1]! ^= 1;
    expect(await refusal(folder.rows())).toMatchObject({ code: 'run/damaged' });
  });

  test('an error longer than anybody reads does not hide the run', async () => {
    const folder = await create();
    await folder.update({ status: 'failed', error: { code: 'device/error', message: 'x'.repeat(20_000) } });
    await folder.close();
    expect((await listRuns())[0]?.record.error?.message).toBe(`${'x'.repeat(9_999)}…`);
  });

  test('without a private file system it says so', async () => {
    vi.stubGlobal('navigator', {});
    expect(await refusal(create())).toMatchObject({ code: 'storage/unavailable' });
    expect(await listRuns()).toEqual([]);
  });
});

describe('a full disk', () => {
  const bytesNow = () => disk.usedBytes();
  /** The browser does not say how much there is. */
  const hideRoom = (): void => {
    const navigator = disk.navigator() as { storage: object };
    vi.stubGlobal('navigator', { ...navigator, storage: { getDirectory: () => Promise.resolve(disk.root) } });
  };

  test('older checkpoints give way, never the newest', async () => {
    const folder = await create();
    for (const step of [1, 2, 3])
      await folder.saveCheckpoint(step, pieced(await sampleCheckpoint(step, 200_000)), null);
    disk.quotaBytes = bytesNow() + 100_000;
    await folder.saveCheckpoint(4, pieced(await sampleCheckpoint(4, 200_000)), null);
    expect(folder.record.checkpoints).toEqual([2, 3, 4]);
    expect(await newest(folder)).toBe(4);
  });

  test.each([['said before', true] as const, ['found out by writing', false] as const])(
    'older checkpoints give way to the adapter: %s',
    async (_, isSaid) => {
      const folder = await create();
      for (const step of [1, 2, 3])
        await folder.saveCheckpoint(step, pieced(await sampleCheckpoint(step, 200_000)), null);
      disk.quotaBytes = bytesNow() + 10_000;
      if (!isSaid) hideRoom();
      const adapter = [1, 2].map((n) => ({ name: `${n}`, bytes: new Uint8Array(80_000).fill(n) }));
      await folder.saveAdapter(adapter);
      expect(folder.record.checkpoints.at(-1)).toBe(3);
      await folder.close();
      const kept = await readAdapter('run-1');
      expect(kept?.map(({ name, bytes }) => [name, bytes.length, bytes[9]])).toEqual([
        ['1', 80_000, 1],
        ['2', 80_000, 2],
      ]);
      expect(await sweepRuns()).toEqual({ files: 0, bytes: 0 });
    },
  );

  test.each([['said before', true] as const, ['found out by writing', false] as const])(
    'no room: %s; what was there stays',
    async (_, isSaid) => {
      const folder = await create();
      await folder.saveCheckpoint(1, pieced(await sampleCheckpoint(1)), null);
      disk.quotaBytes = bytesNow() + 100_000;
      if (!isSaid) hideRoom();
      const failed = await refusal(folder.saveCheckpoint(2, pieced(await sampleCheckpoint(2, 200_000)), null));
      expect(failed).toMatchObject({
        code: 'storage/full',
        details: { data: { neededBytes: expect.any(Number) as number } },
      });
      expect(folder.record.checkpoints).toEqual([1]);
      expect(await newest(folder)).toBe(1);
      await folder.append([stepEvent(1)]);
      await folder.close();
      expect(await sweepRuns()).toEqual({ files: 0, bytes: 0 });
    },
  );

  test('a run that does not fit leaves nothing', async () => {
    disk.quotaBytes = 500;
    expect(await refusal(create())).toMatchObject({ code: 'storage/full' });
    expect(disk.files()).toEqual([]);
    disk.quotaBytes = Infinity;
    await (await create()).close();
  });

  test('metrics that do not fit are not there in part', async () => {
    const folder = await create();
    await folder.append([stepEvent(1)]);
    disk.quotaBytes = bytesNow() + 50;
    expect(await refusal(folder.append([stepEvent(2)]))).toMatchObject({ code: 'storage/full' });
    disk.quotaBytes = Infinity;
    await folder.append([stepEvent(3)]);
    expect(await readEvents('run-1')).toEqual([stepEvent(1), stepEvent(3)]);
  });
});

describe('a crash at every operation and byte', () => {
  const use = (next: FakeDisk): void => {
    disk = next;
    useDisk();
  };
  /** A disk with a run of two checkpoints, two steps and an adapter. */
  async function prepared(): Promise<FakeDisk> {
    use(new FakeDisk());
    const folder = await create();
    await folder.append([stepEvent(1), stepEvent(2)]);
    for (const step of [1, 2]) await folder.saveCheckpoint(step, pieced(await sampleCheckpoint(step)), 2);
    await folder.saveAdapter([{ name: 'a', bytes: Uint8Array.of(1) }]);
    await folder.update({ steps: 2, updatedAt: 5 });
    await folder.close();
    return disk;
  }

  /** What a person has, and that all of it is whole. */
  async function state(): Promise<string> {
    const folder = await RunFolder.open('run-1');
    const { steps, status, checkpoints } = folder.record;
    const whole: number[] = [];
    for (const step of checkpoints) whole.push((await folder.checkpoint(step, openSample)).step);
    expect(await newest(folder)).toBe(checkpoints.at(-1));
    await folder.rows();
    await folder.close();
    const adapter = (await readAdapter('run-1'))?.map(({ bytes }) => [...bytes]);
    const model = (await openModelOf('run-1', openSample))?.document.length;
    const events = (await readEvents('run-1')).flatMap((event) => ('step' in event ? [event.step] : []));
    return JSON.stringify({ steps, status, whole, adapter, model, events });
  }

  const operations: [string, (folder: RunFolder) => Promise<unknown>][] = [
    ['a checkpoint', async (folder) => folder.saveCheckpoint(3, pieced(await sampleCheckpoint(3)), 2)],
    ['the record', (folder) => folder.update({ steps: 3, status: 'stopped', updatedAt: 6 })],
    ['an adapter', (folder) => folder.saveAdapter([1, 2].map((n) => ({ name: `${n}`, bytes: Uint8Array.of(n) })))],
    ['the metrics', (folder) => folder.append([stepEvent(3)])],
    ['rewinding', (folder) => folder.rewind(1)],
  ];

  // Every byte of the record: slots.test.ts.
  test.each(operations)('of %s leaves what was there, or what was meant, and no orphans', async (_, work) => {
    const first = await prepared();
    const old = await state();
    use(first.copy());
    const whole = await RunFolder.open('run-1');
    const from = disk.ticks;
    await work(whole);
    const moments = disk.moments(from, 150);
    await whole.close();
    const after = await state();
    expect(after).not.toBe(old);
    let kept = 0;
    for (const moment of moments) {
      use(first.copy());
      const folder = await RunFolder.open('run-1');
      disk.crashAfter(moment);
      const failed = await work(folder).then(
        () => false,
        () => true,
      );
      expect(failed || disk.ticks - from >= moment, 'the crash came').toBe(true);
      disk.restart();
      useDisk();
      await sweepRuns();
      expect(await sweepRuns()).toEqual({ files: 0, bytes: 0 });
      const found = await state();
      expect([old, after]).toContain(found);
      if (found === old) kept++;
      const { whole } = JSON.parse(found) as { whole: number[] };
      expect(filesLike('checkpoint-')).toHaveLength(whole.length);
      expect(filesLike('events-')).toHaveLength(1);
    }
    // A record ends in spaces that were there before, so a crash among them leaves the one meant.
    expect(kept).toBeGreaterThan(moments.length / 4);
  });

  test('of creating leaves the run or nothing', async () => {
    await (await create()).close();
    for (const moment of disk.moments(0, 150)) {
      use(new FakeDisk());
      disk.crashAfter(moment);
      await create().catch(() => undefined);
      disk.restart();
      useDisk();
      await sweepRuns();
      const runs = await listRuns();
      if (runs.length === 0) expect(disk.files()).toEqual([]);
      else await (await RunFolder.open('run-1')).rows();
    }
  });

  test('opening a run removes what the crash left, without a sweep', async () => {
    const first = await prepared();
    use(first);
    const folder = await RunFolder.open('run-1');
    disk.crashAfter(120);
    await folder.saveCheckpoint(3, pieced(await sampleCheckpoint(3)), 2).catch(() => undefined);
    disk.restart();
    useDisk();
    expect(filesLike('checkpoint-')).toHaveLength(3);
    await (await RunFolder.open('run-1')).close();
    expect(filesLike('checkpoint-')).toHaveLength(2);
  });
});

async function directoryOf(runId: string): Promise<FileSystemDirectoryHandle> {
  const own = await (disk.root as unknown as FileSystemDirectoryHandle).getDirectoryHandle('tunesmith');
  return (await own.getDirectoryHandle('runs')).getDirectoryHandle(runId);
}
