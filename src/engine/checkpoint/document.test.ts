import { expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './document';

const checkpoint = (bestValues: Float32Array | null): Checkpoint => ({
  step: 7,
  recipeHash: 'r',
  dataHash: 'dä',
  seed: 3,
  best: bestValues && { step: 4, loss: 0.1 + 0.2 },
  evaluationsWithoutGain: 2,
  sections: new Map([
    ['values.0', Float32Array.of(1, -0, 1e-42)],
    ['values.1', new Float32Array()],
    ['moment.0.0', Float32Array.of(4, 5, 6)],
    ...(bestValues ? [['best.0', bestValues] as const] : []),
  ]),
});

test('what is written reads back, from the middle of a larger array too', async () => {
  for (const original of [checkpoint(null), checkpoint(Float32Array.of(3, 2, 1))]) {
    const file = await writeCheckpoint(original);
    expect(await readCheckpoint(file)).toEqual(original);
    const larger = new Uint8Array(file.length + 5);
    larger.set(file, 3);
    expect(await readCheckpoint(larger.subarray(3, 3 + file.length))).toEqual(original);
  }
});

test('any byte changed, any length cut: refused', async () => {
  const file = await writeCheckpoint(checkpoint(null));
  for (let at = 0; at < file.length; at++) {
    const damaged = file.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await expect(readCheckpoint(damaged), `byte ${at}`).rejects.toMatchObject({ code: 'checkpoint/damaged' });
  }
  for (const length of [0, 8, 11, 64, 80, file.length - 1])
    await expect(readCheckpoint(file.subarray(0, length))).rejects.toMatchObject({ code: 'checkpoint/damaged' });
});
