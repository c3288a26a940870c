import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepFolder, keptFolder } from './keep';
import { FakeDisk } from './runs/testing/fakeDisk';

let disk: FakeDisk;
beforeEach(() => {
  disk = new FakeDisk();
  vi.stubGlobal('navigator', disk.navigator());
});
afterEach(() => vi.unstubAllGlobals());

const files = ['a', 'b'].map((name) => ({ name, bytes: new Uint8Array(60_000).fill(7) }));

test('a folder is there again, with its note', async () => {
  expect(await keepFolder('x', files, { why: 1 })).toBe(true);
  const kept = await keptFolder('x');
  expect(kept?.note).toEqual({ why: 1 });
  expect(kept?.files.map(({ name, file }) => [name, file.size])).toEqual([
    ['a', 60_000],
    ['b', 60_000],
  ]);
});

test('one that does not fit takes no room', async () => {
  disk.quotaBytes = 100_000;
  expect(await keepFolder('x', files, null)).toBe(false);
  expect(disk.files()).toEqual([]);
});
