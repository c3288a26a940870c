import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutputFolder, writeAtomically, writeFolder } from './outputFolder';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tunesmith-out-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stepsOf = (out: OutputFolder, reports: string[] = []) =>
  [...out.validCheckpoints((message) => reports.push(message))].map(({ step }) => step);

describe('output folder', () => {
  it('replaces a file whole and leaves nothing temporary', () => {
    writeAtomically(join(folder, 'a.json'), 'one');
    writeAtomically(join(folder, 'a.json'), 'two');
    expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('two');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  it('keeps only the newest checkpoints, and gives them back newest first', () => {
    const out = new OutputFolder(folder);
    for (const step of [2, 4, 10, 100]) out.writeCheckpoint(step, Buffer.from(`state ${step}`), 3);
    expect(stepsOf(out)).toEqual([100, 10, 4]);
    expect(
      out
        .validCheckpoints(() => {})
        .next()
        .value?.bytes.toString(),
    ).toBe('state 100');
    out.writeCheckpoint(101, Buffer.from('state 101'), null);
    expect(stepsOf(out)).toEqual([101, 100, 10, 4]);
  });

  it('passes over checkpoints that are cut short or changed', () => {
    const out = new OutputFolder(folder);
    for (const step of [1, 2, 3]) out.writeCheckpoint(step, Buffer.from(`state ${step}`), null);
    const cut = join(folder, 'checkpoints/step-00000003.checkpoint');
    writeFileSync(cut, readFileSync(cut).subarray(0, 20));
    const changed = join(folder, 'checkpoints/step-00000002.checkpoint');
    const bytes = readFileSync(changed);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(changed, bytes);
    const reports: string[] = [];
    expect(stepsOf(out, reports)).toEqual([1]);
    expect(reports).toHaveLength(2);
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

  it('starts fresh without what an earlier run left, and touches nothing else', () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const out = new OutputFolder(folder);
    expect(out.holdsRun()).toBe(false);
    out.writeCheckpoint(1, Buffer.from('x'), null);
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
