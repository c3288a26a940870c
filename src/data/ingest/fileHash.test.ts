import { createHash } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { createFileHash } from './fileHash';

afterEach(() => vi.unstubAllGlobals());

it.each(['WebAssembly', 'JavaScript alone'])('SHA-256 of a file in pieces, in %s', async (where) => {
  if (where === 'JavaScript alone') vi.stubGlobal('WebAssembly', undefined);
  const hash = await createFileHash();
  const whole = createHash('sha256');
  for (let size = 0; size < 300; size += 7) {
    const piece = Uint8Array.from({ length: size }, (_, index) => index * size);
    hash.update(piece);
    whole.update(piece);
  }
  expect(hash.hex()).toBe(whole.digest('hex'));
});
