import { expect, test } from 'vitest';
import { readListing } from './listRepository';

const place = { endpoint: 'https://huggingface.co', repository: 'org/name', revision: 'main' };
const sibling = (rfilename: string, size: number) => ({ rfilename, size, blobId: 'b'.repeat(40) });

test('a listing of very many shards is read in linear time; of a name that stands twice the first counts', () => {
  const shards = Array.from({ length: 60_000 }, (_, index) => sibling(`m${index}-00001-of-00002.safetensors`, index));
  const siblings = [sibling('config.json', 7), ...shards, sibling('config.json', 8)];
  const begun = performance.now();
  const { files } = readListing({ sha: 'a'.repeat(40), siblings }, place);
  expect(performance.now() - begun).toBeLessThan(3000);
  expect(files).toHaveLength(60_001);
  expect(files[0]).toMatchObject({ path: 'config.json', sizeBytes: 7 });
  expect(files.at(-1)).toMatchObject({ sizeBytes: 59_999 });
});
