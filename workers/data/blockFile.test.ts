import { expect, it } from 'vitest';
import { jsonLines, openData } from '../../src/data/testing/openData';
import { talk } from '../../src/data/testing/contexts';
import { decodeBlocks, encodeBlocks } from './blockFile';

it('blocks survive a file to the bit; a cut, altered or foreign file is none', async () => {
  const dataset = await openData(
    jsonLines({ messages: talk('q', 'a 👍') }, '{', { messages: talk('<|im_end|>', 'x', 'y', 'z') }),
  );
  const rows = dataset.toCache();
  const file = await new Blob(encodeBlocks(rows) as BlobPart[]).arrayBuffer();
  expect(decodeBlocks(file)).toEqual(rows);
  expect(decodeBlocks(file.slice(0, file.byteLength - 1))).toBeNull();
  for (let at = 0; at < file.byteLength; at += 7) {
    const altered = new Uint8Array(file.slice());
    altered[at] = (altered[at] ?? 0) ^ 1;
    // The last four bytes of the head are not used.
    if (at < 20 || at >= 24) expect(decodeBlocks(altered.buffer), `byte ${at}`).toBeNull();
  }
  expect(decodeBlocks(new ArrayBuffer(40))).toBeNull();
  expect(decodeBlocks(new ArrayBuffer(3))).toBeNull();
});
