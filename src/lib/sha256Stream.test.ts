import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { Sha256, sha256Hex } from './sha256Stream';

it('is SHA-256, in one piece and in many', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_000]) {
    const bytes = new Uint8Array(randomBytes(length));
    const expected = createHash('sha256').update(bytes).digest('hex');
    expect(sha256Hex(bytes)).toBe(expected);
    const stream = new Sha256();
    for (let at = 0, step = 1; at < length; at += step, step = (step * 7) % 97 || 1)
      stream.update(bytes.subarray(at, at + step));
    expect(stream.hex()).toBe(expected);
  }
});
