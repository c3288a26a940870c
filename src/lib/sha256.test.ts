import { expect, test } from 'vitest';
import { sha256 } from './sha256';
import { sha256Hex } from './sha256Stream';

test('FIPS 180-4 example', async () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(await sha256(new TextEncoder().encode('abc'))).toBe(expected);
});

test('in JavaScript as by the platform, at every length around a block', async () => {
  for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 255);
    expect(sha256Hex(bytes), `${length} bytes`).toBe(await sha256(bytes));
  }
});
