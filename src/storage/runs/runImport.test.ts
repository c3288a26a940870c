import { BlobWriter, Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pieced } from '../../lib/pieced';
import { sha256 } from '../../lib/sha256';
import { RunFolder } from './runFolder';
import { exportRun } from './runExport';
import { importRun } from './runImport';
import { manifestSchema } from './runArchive';
import { deleteRun, isRunLive, listRuns, openModelOf, readAdapter, readEvents, runsBytes, setLabel } from './runList';
import { sweepRuns } from './sweepRuns';
import { FakeDisk } from './testing/fakeDisk';
import { sampleCheckpoint, sampleRecord, sampleRows, stepEvent, openSample } from './testing/sampleRun';

let disk: FakeDisk;
beforeEach(() => {
  disk = new FakeDisk();
  vi.stubGlobal('navigator', disk.navigator());
});
afterEach(() => vi.unstubAllGlobals());

const label = { name: 'Green Island', tags: ['island'], note: 'first try' };
const events = [
  stepEvent(1),
  { event: 'eval' as const, step: 1, loss: 800, perplexity: Infinity, token_accuracy: 0.5 },
  { event: 'warning' as const, code: 'a/b', message: 'NaN' },
];
const adapter = [
  { name: 'adapter_config.json', bytes: new TextEncoder().encode('{}') },
  { name: 'adapter_model.safetensors', bytes: Uint8Array.of(1, 2, 3) },
];

/** A stopped run with everything in it. */
async function keptRun(id = 'run-1', seed = 1): Promise<void> {
  const rows = sampleRows(seed);
  const folder = await RunFolder.create(await sampleRecord(id, rows), rows);
  await folder.append(events);
  for (const step of [0, 1]) await folder.saveCheckpoint(step, pieced(await sampleCheckpoint(step)), null);
  await folder.saveAdapter(adapter);
  await folder.update({ steps: 1 });
  await folder.close();
  await setLabel(id, label);
}

const asFile = async (blob: Blob | Promise<Blob>): Promise<File> => new File([await blob], 'run.zip');

describe('a run that is taken along', () => {
  test('comes back whole: record, label, curve, samples, checkpoints, adapter, rows', async () => {
    await keptRun();
    const [before] = await listRuns();
    const file = await asFile(exportRun('run-1'));
    await deleteRun('run-1');
    expect(disk.files()).toEqual([]);
    disk.isWorker = false; // As the page does.
    expect(await importRun(file)).toBe('run-1');
    const [after] = await listRuns();
    expect(after).toEqual({ ...before, bytes: after?.bytes, record: { ...before?.record, status: 'stopped' } });
    expect(await readEvents('run-1')).toEqual(events);
    expect(await readAdapter('run-1')).toEqual(adapter);
    disk = disk.copy();
    vi.stubGlobal('navigator', disk.navigator());
    const folder = await RunFolder.open('run-1');
    expect(await folder.rows()).toEqual(sampleRows());
    expect((await folder.checkpoint(0, openSample)).document).toEqual(await sampleCheckpoint(0));
    expect((await folder.newestCheckpoint(openSample, () => undefined))?.step).toBe(1);
    await folder.close();
  });

  test('beside one of the same id it gets another, and shares its rows', async () => {
    await keptRun();
    const id = await importRun(await asFile(exportRun('run-1')));
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await listRuns()).map(({ record }) => record.id).sort()).toEqual([id, 'run-1'].sort());
    const rows = () => disk.files().filter(([path]) => path.startsWith('tunesmith/rows/'));
    expect(rows()).toHaveLength(1);
    await deleteRun('run-1');
    expect(rows()).toHaveLength(1);
    await deleteRun(id);
    expect(rows()).toHaveLength(0);
    expect(await runsBytes()).toBe(0);
  });

  test('twice at the same moment: two runs, both whole', async () => {
    await keptRun();
    const file = await asFile(exportRun('run-1'));
    await deleteRun('run-1');
    const ids = await Promise.all([importRun(file), importRun(file)]);
    expect(new Set(ids).size).toBe(2);
    expect((await listRuns()).map(({ record }) => record.id).sort()).toEqual([...ids].sort());
    for (const id of ids) expect(await readAdapter(id)).toEqual(adapter);
  });

  test('while one of the same id goes on it gets another, at once', async () => {
    await keptRun();
    const file = await asFile(exportRun('run-1'));
    const folder = await RunFolder.open('run-1');
    const id = await importRun(file);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    await folder.close();
    expect(await listRuns()).toHaveLength(2);
  });

  test('a whole model and a checkpoint of many pieces come along', async () => {
    const folder = await RunFolder.create(await sampleRecord(), sampleRows());
    const [checkpoint, model] = [await sampleCheckpoint(2, 1_500_000), await sampleCheckpoint(3, 700_000)];
    await folder.saveCheckpoint(2, pieced(checkpoint), null);
    await folder.saveModel(pieced(model));
    await folder.close();
    const file = await asFile(exportRun('run-1'));
    await deleteRun('run-1');
    disk.isWorker = false;
    await importRun(file);
    expect((await listRuns())[0]).toMatchObject({ hasModel: true, record: { checkpoints: [2] } });
    const isSame = (one: Uint8Array | undefined, other: Uint8Array) =>
      Buffer.compare(one ?? new Uint8Array(), other) === 0;
    expect(isSame((await openModelOf('run-1', openSample))?.document, model)).toBe(true);
    disk = disk.copy();
    vi.stubGlobal('navigator', disk.navigator());
    const again = await RunFolder.open('run-1');
    expect(isSame((await again.checkpoint(2, openSample)).document, checkpoint)).toBe(true);
    await again.close();
  });

  test('what is larger than an array may be comes back too', () => {
    const files = [{ path: 'checkpoints/step-50', bytes: 6e9, sha256: 'a'.repeat(64) }];
    expect(manifestSchema.safeParse({ format: 'tunesmith-run', version: 1, files }).success).toBe(true);
  });

  test('addresses in it are not called: a model is found by the person', async () => {
    const rows = sampleRows();
    const record = await sampleRecord('run-1', rows);
    const source = { kind: 'url', baseUrl: 'https://elsewhere.example/model/', name: 'm' } as const;
    const folder = await RunFolder.create({ ...record, model: { ...record.model, source } }, rows);
    await folder.close();
    const file = await asFile(exportRun('run-1'));
    await deleteRun('run-1');
    await importRun(file);
    expect((await listRuns())[0]?.record.model.source).toBeNull();
  });

  test('one that goes on is not exported', async () => {
    const folder = await RunFolder.create(await sampleRecord(), sampleRows());
    await expect(exportRun('run-1')).rejects.toMatchObject({ code: 'run/busy' });
    await expect(deleteRun('run-1')).rejects.toMatchObject({ code: 'run/busy' });
    expect(await sweepRuns()).toEqual({ files: 0, bytes: 0 });
    await folder.close();
    const locks = (navigator as unknown as { locks: LockManager }).locks;
    await locks.request('tunesmith.run.run-1', async () => {
      expect(await isRunLive('run-1')).toBe(true);
      await expect(deleteRun('run-1')).rejects.toMatchObject({ code: 'run/busy' });
    });
    expect(await isRunLive('run-1')).toBe(false);
  });
});

describe('what a person calls a run', () => {
  test('named while another tab deletes it: it is gone, and the name says so', async () => {
    await keptRun();
    disk.isWorker = false;
    const all = await Promise.allSettled([
      setLabel('run-1', { ...label, name: 'before' }),
      deleteRun('run-1'),
      setLabel('run-1', { ...label, name: 'after' }),
    ]);
    expect(all.map(({ status }) => status).slice(0, 2)).toEqual(['fulfilled', 'fulfilled']);
    await expect(setLabel('run-1', label)).rejects.toMatchObject({ code: 'run/none' });
    for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'run/none' });
    expect(disk.files()).toEqual([]);
  });

  test('two changes at once: the later one counts, and both of its files are whole', async () => {
    await keptRun();
    disk.isWorker = false;
    await Promise.all([setLabel('run-1', { ...label, tags: ['one'] }), setLabel('run-1', { ...label, tags: ['two'] })]);
    expect((await listRuns())[0]?.label.tags).toEqual(['two']);
  });
});

describe('bad files are refused, and leave nothing', () => {
  type Members = Map<string, Uint8Array<ArrayBuffer>>;
  const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

  let sound: Members | null = null;
  /** The files of a sound export. */
  async function soundMembers(): Promise<Members> {
    if (sound) return sound;
    const { ZipReader, BlobReader, Uint8ArrayWriter } = await import('@zip.js/zip.js');
    await keptRun();
    const members: Members = new Map();
    for (const entry of await new ZipReader(new BlobReader(await exportRun('run-1'))).getEntries())
      if (!entry.directory) members.set(entry.filename, await entry.getData(new Uint8ArrayWriter()));
    await deleteRun('run-1');
    return (sound = members);
  }

  /** A zip of them, changed. `relist`: the manifest is made to fit, as by somebody who means it. */
  async function changed(change: (members: Members) => void, relist = true): Promise<File> {
    const members = new Map([...(await soundMembers())].map(([name, bytes]) => [name, bytes.slice()]));
    change(members);
    if (relist) {
      members.delete('manifest.json');
      const files = [];
      for (const [path, bytes] of members) files.push({ path, bytes: bytes.length, sha256: await sha256(bytes) });
      members.set('manifest.json', utf8(JSON.stringify({ format: 'tunesmith-run', version: 1, files })));
    }
    const zip = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
    for (const [name, bytes] of members) await zip.add(name, new Uint8ArrayReader(bytes), { level: 0 });
    return asFile(zip.close());
  }
  const edit = (name: string, from: string | RegExp, to: string) => (members: Members) => {
    const text = new TextDecoder().decode(members.get(name));
    expect(text).toMatch(from);
    members.set(name, utf8(text.replace(from, to)));
  };
  const flip = (name: string, at: number) => (members: Members) => {
    members.get(name)![at]! ^= 1;
  };

  const cases: [string, () => Promise<File>][] = [
    ['no zip', () => asFile(new Blob(['hello']))],
    ['another zip', async () => changed((members) => members.delete('manifest.json'), false)],
    ['a byte of a checkpoint', () => changed(flip('checkpoints/step-1', 9), false)],
    ['a byte of the rows', () => changed(flip('rows.bin', 60), false)],
    ['a byte of the rows, and a manifest that fits', () => changed(flip('rows.bin', 60))],
    ['a file that is missing', () => changed((members) => members.delete('rows.bin'), false)],
    ['no rows at all', () => changed((members) => members.delete('rows.bin'))],
    ['a file too many', () => changed((members) => members.set('evil.html', utf8('x')), false)],
    ['a file of an unknown kind', () => changed((members) => members.set('evil.html', utf8('x')))],
    ['a name that climbs', () => changed((members) => members.set('adapter/..', utf8('x')))],
    ['an id that climbs', () => changed(edit('run.json', '"id": "run-1"', '"id": "../run-1"'))],
    ['a version to come', () => changed(edit('run.json', '"version": 1', '"version": 2'))],
    ['a recipe with an unknown key', () => changed(edit('run.json', '"seed"', '"sead"'))],
    ['no number for steps', () => changed(edit('run.json', /"totalSteps": \d+/, '"totalSteps": "many"'))],
    ['a day that never was', () => changed(edit('run.json', /"createdAt": \d+/, '"createdAt": 1e300'))],
    [
      'a checkpoint too long for its size',
      () => changed(edit('manifest.json', /"bytes": 164/g, '"bytes": 165'), false),
    ],
    ['an event of no kind', () => changed(edit('events.jsonl', '"eval"', '"evil"'))],
    ['an event that is cut', () => changed(edit('events.jsonl', /\}\n$/, ''))],
    ['a label without end', () => changed(edit('label.json', 'Green Island', 'x'.repeat(201)))],
    ['a manifest that lies about a size', () => changed(edit('manifest.json', '"bytes": 164', '"bytes": 163'), false)],
  ];
  test.each(cases)('%s', async (_, make) => {
    const file = await make();
    await expect(importRun(file)).rejects.toMatchObject({ code: 'run/bad-file' });
    expect(disk.files()).toEqual([]);
  });

  test('no room', async () => {
    await keptRun();
    const file = await asFile(exportRun('run-1'));
    await deleteRun('run-1');
    disk.quotaBytes = 1000;
    await expect(importRun(file)).rejects.toMatchObject({ code: 'storage/full' });
    expect(disk.files()).toEqual([]);
  });
});

describe('a sweep', () => {
  test('removes what nothing names, and nothing else', async () => {
    await keptRun('run-1', 1);
    await keptRun('run-2', 2);
    const before = disk.files().length;
    const own = await disk.root.getDirectoryHandle('tunesmith');
    const [runs, rows] = [await own.getDirectoryHandle('runs'), await own.getDirectoryHandle('rows')];
    const put = async (folder: typeof runs, name: string) =>
      ((await folder.getFileHandle(name, { create: true })).bytes = new Uint8Array(10));
    await put(runs, 'stray');
    await put(rows, 'd'.repeat(64));
    await put(await runs.getDirectoryHandle('run-1'), 'checkpoint-99');
    await put(await runs.getDirectoryHandle('run-1'), 'label.a.json.crswap');
    await put(await runs.getDirectoryHandle('never-finished', { create: true }), 'run.a.json');
    expect(await sweepRuns()).toEqual({ files: 5, bytes: 50 });
    expect(disk.files()).toHaveLength(before);
    expect((await listRuns()).length).toBe(2);
  });

  test('leaves runs of another version, and their rows', async () => {
    await keptRun();
    const { writeSlots } = await import('./slots');
    const own = await (disk.root as unknown as FileSystemDirectoryHandle).getDirectoryHandle('tunesmith');
    const folder = await (await own.getDirectoryHandle('runs')).getDirectoryHandle('run-1');
    const { record } = (await listRuns())[0]!;
    await writeSlots(folder, 'run', { record: { ...record, version: 2 } });
    const before = disk.files().length;
    expect(await listRuns()).toEqual([]);
    expect(await sweepRuns()).toEqual({ files: 0, bytes: 0 });
    expect(disk.files()).toHaveLength(before);
    await deleteRun('run-1');
    expect(disk.files()).toEqual([]);
  });
});
