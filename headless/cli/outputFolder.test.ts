import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpointDocument, heldSection } from '../../src/engine/checkpoint/write';
import { inOneArray } from '../../src/lib/pieced';
import { OutputFolder, writeAtomically, writeFolder } from './outputFolder';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tunesmith-out-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that the engine takes for a checkpoint of a step. */
const checkpointOf = (step: number): Promise<Uint8Array> => {
  const numbers = new Float32Array([step, 1, 2]);
  const header = { step, recipeHash: 'r', dataHash: 'd', seed: 1, best: null, evaluationsWithoutGain: 0 };
  return inOneArray(checkpointDocument(header, [heldSection('values.0', numbers)]));
};
const checkpointNames = () => readdirSync(join(folder, 'checkpoints')).sort();
const fileOf = (step: number) => join(folder, `checkpoints/step-${String(step).padStart(8, '0')}.checkpoint`);

describe('output folder', () => {
  it('replaces a file whole and leaves nothing temporary', () => {
    writeAtomically(join(folder, 'a.json'), 'one');
    writeAtomically(join(folder, 'a.json'), 'two');
    expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('two');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  it('keeps only the newest checkpoints, and gives the newest back', async () => {
    const out = new OutputFolder(folder);
    expect(await out.newestCheckpoint(() => {})).toBeNull();
    for (const step of [2, 4, 10, 100]) await out.writeCheckpoint(step, await checkpointOf(step), 3);
    expect(checkpointNames()).toEqual([4, 10, 100].map((step) => basename(fileOf(step))));
    const newest = await out.newestCheckpoint(() => {});
    expect(newest?.step).toBe(100);
    expect(new Uint8Array(newest?.bytes ?? [])).toEqual(await checkpointOf(100));
    await out.writeCheckpoint(101, await checkpointOf(101), null);
    expect(checkpointNames()).toHaveLength(4);
  });

  it('passes over checkpoints that are cut short or changed', async () => {
    const out = new OutputFolder(folder);
    for (const step of [1, 2, 3]) await out.writeCheckpoint(step, await checkpointOf(step), null);
    writeFileSync(fileOf(3), readFileSync(fileOf(3)).subarray(0, 20));
    const bytes = readFileSync(fileOf(2));
    bytes[bytes.length - 70] = (bytes[bytes.length - 70] ?? 0) ^ 1;
    writeFileSync(fileOf(2), bytes);
    const reports: string[] = [];
    expect((await out.newestCheckpoint((message) => reports.push(message)))?.step).toBe(1);
    expect(reports).toHaveLength(2);
    await expect(out.writeCheckpoint(4, Buffer.from('none'), null)).rejects.toThrow(/not a checkpoint/);
  });

  it('holds a checkpoint that comes early until the event of its own step', async () => {
    const out = new OutputFolder(folder);
    const written: (string | null)[] = [];
    // The trainer was ahead: it has dropped those of steps 1, 2 and 4.
    for (const [step, sent] of [
      [1, 3],
      [2, 5],
      [3, 6],
      [4, 6],
      [5, 6],
      [6, 6],
    ] as const)
      written.push(await out.writeCheckpoint(step, await checkpointOf(sent), null));
    expect(written).toEqual([null, null, fileOf(3), null, fileOf(5), fileOf(6)]);
    for (const step of [3, 5, 6]) expect(new Uint8Array(readFileSync(fileOf(step)))).toEqual(await checkpointOf(step));
    expect(checkpointNames()).toHaveLength(3);
  });

  it('continues metrics after a step, without what followed or was half written', () => {
    const out = new OutputFolder(folder);
    out.startFresh();
    const events = [
      { event: 'start', rows: 3 },
      { event: 'step', step: 1 },
      { event: 'step', step: 2 },
      { event: 'warning', code: 'x' },
      { event: 'step', step: 3 },
      { event: 'end', steps: 3 },
    ];
    for (const event of events) out.appendMetric(JSON.stringify(event));
    appendFileSync(join(folder, 'metrics.jsonl'), '{"event":"step","st');
    const again = new OutputFolder(folder);
    again.continueAfter(2);
    again.appendMetric('{"event":"step","step":3,"again":true}');
    const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      'start',
      'step',
      'step',
      'warning',
      'step',
    ]);
    expect(lines.at(-1)).toContain('again');
  });

  it('starts fresh without what an earlier run left, and touches nothing else', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const out = new OutputFolder(folder);
    expect(out.holdsRun()).toBe(false);
    await out.writeCheckpoint(1, await checkpointOf(1), null);
    out.writeRecipe({ version: 1 });
    expect(out.holdsRun()).toBe(true);
    new OutputFolder(folder).startFresh();
    expect(existsSync(join(folder, 'checkpoints'))).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['metrics.jsonl', 'notes.txt']);
  });

  it('refuses file names that lead elsewhere', () => {
    for (const name of ['../x', 'a/b', '.hidden', ''])
      expect(() => writeFolder(folder, [{ name, bytes: new Uint8Array() }])).toThrow(/plain file name/);
  });
});
