import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adapterFiles, needAdapter } from './input';

it('takes an adapter for one only with both of its files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunesmith-adapter-'));
  try {
    for (const name of adapterFiles) {
      expect(() => needAdapter(folder)).toThrow(`must be a folder with ${name}`);
      writeFileSync(join(folder, name), '');
    }
    expect(needAdapter(folder)).toBe(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
