import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needHarmlessOutput, needOutput, notWritten } from './outputPlace';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tunesmith-place-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return null;
};

describe('place of the output', () => {
  it('takes a folder, and names of new ones; refuses a file, and what lies in one', () => {
    writeFileSync(at('file'), '');
    expect(needOutput(folder)).toBe(folder);
    expect(needOutput(at('new/deep'))).toBe(at('new/deep'));
    for (const name of ['file', 'file/deep']) expect(codeOf(() => needOutput(at(name)))).toBe('options/bad-out');
  });

  it('refuses to replace what the run is given, also through a link', () => {
    for (const name of ['model', 'adapter', 'elsewhere']) mkdirSync(at(name));
    writeFileSync(at('metrics.jsonl'), '');
    writeFileSync(at('adapter/rows.jsonl'), '');
    symlinkSync(at('model'), at('linked'));
    const check = (given: Record<string, string | null>, resume = false) =>
      codeOf(() => needHarmlessOutput(folder, given, resume));
    for (const given of [{ model: at('model') }, { model: at('linked') }, { data: at('adapter/rows.jsonl') }])
      for (const resume of [false, true]) expect(check(given, resume)).toBe('options/out-holds-input');
    expect(check({ model: at('elsewhere'), data: at('rows.jsonl'), adapter: null })).toBeNull();
  });

  it('replaces an earlier run, but no folder that no run has left', () => {
    expect(codeOf(() => needHarmlessOutput(folder, {}, false))).toBeNull();
    mkdirSync(at('model'));
    expect(codeOf(() => needHarmlessOutput(folder, {}, false))).toBe('options/out-in-use');
    expect(codeOf(() => needHarmlessOutput(folder, {}, true))).toBeNull();
    writeFileSync(at('metrics.jsonl'), '');
    expect(codeOf(() => needHarmlessOutput(folder, {}, false))).toBeNull();
  });

  it('names what could not be written, and leaves other errors as they are', () => {
    const told = notWritten('out', new Error('ENOSPC: no space left on device, write'));
    expect(told.code).toBe('output/not-written');
    expect(told.message).toContain('no space left');
    expect(notWritten('out', told)).toBe(told);
  });
});
