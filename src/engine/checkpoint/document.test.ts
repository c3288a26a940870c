import { expect, test } from 'vitest';
import { inOneArray } from '../../lib/pieced';
import { rangedBytes, type RangedBytes } from '../../lib/ranged';
import { sha256 } from '../../lib/sha256';
import { digestBytes, pieceBytes, type Checkpoint, type CheckpointHeader } from './document';
import { openCheckpoint } from './open';
import { checkpointDocument, heldSection } from './write';

const header = (best: boolean): CheckpointHeader => ({
  step: 7,
  recipeHash: 'r',
  dataHash: 'dä',
  seed: 3,
  best: best ? { step: 4, loss: 0.1 + 0.2 } : null,
  evaluationsWithoutGain: 2,
});
type Numbers = Record<string, Float32Array>;
const small: Numbers = {
  'values.0': Float32Array.of(1, -0, 1e-42),
  'values.1': new Float32Array(),
  'moment.0.0': Float32Array.of(4, 5, 6),
};
const written = (of: CheckpointHeader, numbers: Numbers) =>
  checkpointDocument(
    of,
    Object.entries(numbers).map(([name, values]) => heldSection(name, values)),
  );
const bytesOf = (numbers = small): Promise<Uint8Array> => inOneArray(written(header(false), numbers));
const open = (bytes: Uint8Array): Promise<Checkpoint> => openCheckpoint(rangedBytes(bytes));

async function numbersOf({ sections }: Checkpoint): Promise<Numbers> {
  const all: Numbers = {};
  for (const [name, { elements, read }] of sections) all[name] = await read(0, elements);
  return all;
}

test('what is written reads back, from the middle of a larger array too', async () => {
  for (const best of [false, true]) {
    const numbers = best ? { ...small, 'best.0': Float32Array.of(3, 2, 1) } : small;
    const file = await inOneArray(written(header(best), numbers));
    const larger = new Uint8Array(file.length + 5);
    larger.set(file, 3);
    for (const bytes of [file, larger.subarray(3, 3 + file.length)]) {
      const { sections, ...rest } = await open(bytes);
      expect(rest).toEqual(header(best));
      expect(await numbersOf({ ...rest, sections })).toEqual(numbers);
      expect(await sections.get('moment.0.0')?.read(1, 2)).toEqual(Float32Array.of(5, 6));
    }
  }
});

test('any byte changed, any length cut: refused', async () => {
  const file = await bytesOf();
  for (let at = 0; at < file.length; at++) {
    const damaged = file.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await expect(open(damaged), `byte ${at}`).rejects.toMatchObject({ code: 'checkpoint/damaged' });
  }
  for (const length of [0, 8, 11, 64, 80, file.length - 1])
    await expect(open(file.subarray(0, length))).rejects.toMatchObject({ code: 'checkpoint/damaged' });
});

test('one of an earlier version is read still', async () => {
  const file = await bytesOf();
  file[7] = '2'.charCodeAt(0);
  await expect(open(file)).rejects.toMatchObject({ code: 'checkpoint/damaged' });
  file.set(new TextEncoder().encode(await sha256(file.subarray(0, -digestBytes))), file.length - digestBytes);
  expect(await numbersOf(await open(file))).toEqual(small);
});

/** Numbers i mod 1021 at i, however many. */
const page = Float32Array.from({ length: 2 ** 22 }, (_, index) => index % 1021);
const madeUp = (elements: number) => ({
  name: 'values.0',
  elements,
  read: (first: number, count: number) =>
    Promise.resolve(page.subarray(first % 1021, Math.min((first % 1021) + count, page.length))),
});

test('one of several pieces: written, checked and read piece by piece', async () => {
  // More than is held in memory when it is opened.
  const elements = 2 ** 24 + 99;
  const source = checkpointDocument(header(false), [madeUp(elements), heldSection('last', Float32Array.of(5))]);
  const pieces: Uint8Array[] = [];
  for await (const piece of source.pieces()) pieces.push(piece);
  expect(pieces.map(({ length }) => length)).toEqual([
    ...Array<number>(4).fill(pieceBytes),
    source.sizeBytes - 4 * pieceBytes - digestBytes,
    digestBytes,
  ]);
  const file = new Blob(pieces as Uint8Array<ArrayBuffer>[]);
  let most = 0;
  const watched = (blob: Blob): RangedBytes => {
    const all = rangedBytes(blob);
    return {
      sizeBytes: all.sizeBytes,
      read(start, end) {
        most = Math.max(most, end - start);
        return all.read(start, end);
      },
    };
  };
  const { sections } = await openCheckpoint(watched(file));
  expect(most).toBe(pieceBytes);
  expect(await sections.get('last')?.read(0, 1)).toEqual(Float32Array.of(5));
  const middle = 2 ** 22 - 2;
  expect(await sections.get('values.0')?.read(middle, 4)).toEqual(await madeUp(elements).read(middle, 4));
  const altered = pieces[2]?.slice() ?? new Uint8Array();
  altered[99] = (altered[99] ?? 0) ^ 1;
  const damaged = new Blob([...pieces.slice(0, 2), altered, ...pieces.slice(3)] as Uint8Array<ArrayBuffer>[]);
  await expect(openCheckpoint(watched(damaged))).rejects.toMatchObject({ code: 'checkpoint/damaged' });
});
