import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { MemoryScratch } from './memoryScratch';
import { openRows } from './openRows';
import { fileOf } from './testing/readAll';

it('a gzipped file is cancelled while it is unzipped, and leaves no scratch behind', async () => {
  const parquet = readFileSync(new URL('../../formats/parquet/fixtures/snappy.parquet', import.meta.url));
  const scratches: MemoryScratch[] = [];
  let released = 0;
  const opening = openRows(
    fileOf('rows.parquet.gz', new Uint8Array(gzipSync(parquet))),
    () => {
      const scratch = new MemoryScratch();
      scratch.release = (): Promise<void> => Promise.resolve(void released++);
      scratches.push(scratch);
      return Promise.resolve(scratch);
    },
    () => scratches.length > 0,
  );
  await expect(opening).rejects.toMatchObject({ code: 'data/cancelled' });
  expect([scratches.length, released]).toEqual([1, 1]);
});
