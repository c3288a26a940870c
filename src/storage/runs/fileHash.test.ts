import { expect, test } from 'vitest';
import { fileSha256 } from './fileHash';

test('a file that is hashed in slices has the hash that it has as a whole', async () => {
  const file = new Blob([Uint8Array.from({ length: 2 ** 20 + 77 }, (_, index) => index * 31)]);
  expect(await fileSha256(file, 0)).toBe(await fileSha256(file));
});
