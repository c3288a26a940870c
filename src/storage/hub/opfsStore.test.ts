import { afterEach, expect, test, vi } from 'vitest';
import { FakeDisk } from '../runs/testing/fakeDisk';
import { opfsStore } from './opfsStore';
import { readText, writeText } from './store';

afterEach(() => vi.unstubAllGlobals());

test('a file is opened and removed although the browser frees those of an ended worker a moment after its locks', async () => {
  vi.stubGlobal('navigator', new FakeDisk().navigator());
  const store = opfsStore('hub');
  for (const work of [() => writeText(store, 'blob', 'new'), () => store.remove('blob')]) {
    const left = await store.open('blob');
    setTimeout(() => left.close(), 80);
    await work();
  }
  expect(await readText(store, 'blob')).toBeNull();
  await store.remove('blob');
});
