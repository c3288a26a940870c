import { describe, expect, test } from 'vitest';
import { toFloat32 } from './dtypes';
import { rangedBytes } from '../../lib/ranged';
import { openSafetensors } from './readSafetensors';
import { writeSafetensors } from './writeSafetensors';

/** A file with this header and so many bytes of data. */
function fileOf(header: unknown, dataBytes: number, claimedBytes?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(claimedBytes ?? text.length), true);
  file.set(text, 8);
  return file;
}
const open = (file: Uint8Array) => openSafetensors(rangedBytes(file), 'x.safetensors');
const entry = (dtype: string, shape: unknown, data_offsets: unknown) => ({ dtype, shape, data_offsets });

describe('safetensors', () => {
  test('what is written reads back, from an array and from a Blob', async () => {
    const tensors = [
      { name: 'b', shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, -0, 1e-40) },
      { name: 'a', shape: [], values: Float32Array.of(7) },
      { name: 'none', shape: [0, 4], values: new Float32Array() },
    ];
    const bytes = writeSafetensors(tensors, { note: 'x' });
    for (const source of [bytes, new Blob([bytes as BlobPart])]) {
      const file = await openSafetensors(rangedBytes(source), 'x');
      expect(file.metadata).toEqual({ format: 'pt', note: 'x' });
      expect([...file.tensors.keys()]).toEqual(['a', 'b', 'none']);
      for (const { name, values } of tensors) expect(toFloat32('F32', await file.read(name), name)).toEqual(values);
    }
    expect((8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))) % 8).toBe(0);
  });

  test('metadata of many million characters, as tags of pictures have', async () => {
    const header = { __metadata__: { tags: 'x'.repeat(12_000_000) }, a: entry('U8', [1], [0, 1]) };
    expect([...(await open(fileOf(header, 1))).tensors.keys()]).toEqual(['a']);
  });

  test.each([
    ['cut in the size', new Uint8Array(7), /at least 8 bytes/],
    ['header beyond the limit', fileOf('{}', 0, 100_000_001), /100000000 bytes/],
    ['header beyond the file', fileOf('{}', 0, 3), /header ends at 11/],
    ['header size of 2^63', fileOf('{}', 0, 2 ** 63), /may have/],
    ['no JSON', fileOf('{"a":', 0), /JSON/],
    ['not UTF-8', fileOf('', 0).fill(0xff, 8), /./],
    ['a list', fileOf('[]', 0), /object/],
    ['null', fileOf('null', 0), /object/],
    ['unknown dtype', fileOf({ a: entry('F7', [1], [0, 4]) }, 4), /dtype F7/],
    [
      'a dtype that is no text',
      fileOf({ a: entry({ toString: 1 } as never, [1], [0, 4]) }, 4),
      /unknown dtype \{"toString":1\}/,
    ],
    ['dtype from the prototype', fileOf({ a: entry('constructor', [1], [0, 4]) }, 4), /dtype/],
    ['negative side', fileOf({ a: entry('F32', [-1], [0, 4]) }, 4), /shape of a/],
    ['fractional side', fileOf({ a: entry('F32', [0.5], [0, 2]) }, 2), /shape of a/],
    ['nine dimensions', fileOf({ a: entry('F32', Array(9).fill(1), [0, 4]) }, 4), /shape of a/],
    ['absurd shape', fileOf({ a: entry('F32', [2 ** 40, 2 ** 40], [0, 4]) }, 4), /needs/],
    ['no offsets', fileOf({ a: entry('F32', [1], null) }, 4), /data_offsets/],
    ['size and shape differ', fileOf({ a: entry('F32', [2], [0, 4]) }, 4), /needs 8 bytes/],
    ['backwards', fileOf({ a: entry('F32', [1], [4, 0]) }, 4), /needs 4 bytes/],
    ['file cut off', fileOf({ a: entry('F32', [2], [0, 8]) }, 4), /cut off/],
    ['overlap', fileOf({ a: entry('F32', [1], [0, 4]), b: entry('F32', [1], [2, 6]) }, 6), /begins at byte/],
    ['hole', fileOf({ a: entry('F32', [1], [0, 4]), b: entry('F32', [1], [8, 12]) }, 12), /begins at byte/],
    ['tail', fileOf({ a: entry('F32', [1], [0, 4]) }, 5), /tensors end at/],
    ['entry is a string', fileOf({ a: 'x' }, 0), /dtype/],
    ['entry is null', fileOf({ a: null }, 0), /dtype/],
    ['empty file', new Uint8Array(), /at least 8 bytes, got 0/],
    ['empty header', fileOf('', 0), /JSON/],
    [
      'a name twice',
      fileOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        1,
      ),
      /"a" twice/,
    ],
    ['a field twice', fileOf('{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1), /"dtype" twice/],
    [
      '__proto__ with the fields of a tensor',
      fileOf('{"a":{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}', 1),
      /dtype undefined/,
    ],
    [
      'sides whose product overflows',
      fileOf({ a: entry('F64', [2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1], [0, 8]) }, 8),
      /needs/,
    ],
    ['sides whose product is 0 times huge', fileOf({ a: entry('F32', [0, 2 ** 53 - 1], [0, 4]) }, 4), /needs 0 bytes/],
    [
      'side beyond whole numbers',
      fileOf('{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,1]}}', 1),
      /shape of a/,
    ],
    ['offset beyond whole numbers', fileOf({ a: entry('U8', [1], [1e300, 1e300]) }, 1), /data_offsets of a/],
    [
      'out of order in the file, with a hole',
      fileOf({ b: entry('U8', [1], [3, 4]), a: entry('U8', [2], [0, 2]) }, 4),
      /b begins at byte/,
    ],
    ['metadata that is no map', fileOf({ __metadata__: ['pt'] }, 0), /__metadata__/],
    ['metadata of numbers', fileOf({ __metadata__: { format: 1 } }, 0), /__metadata__/],
  ])('refuses: %s', async (_, file, message) => {
    await expect(open(file)).rejects.toMatchObject({
      code: 'model/safetensors',
      message: expect.stringMatching(message) as string,
    });
  });

  test('a tensor called __proto__ is a tensor like others; entries may stand in any order', async () => {
    const file = await open(
      fileOf(
        '{"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"__proto__":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}',
        3,
      ),
    );
    expect([...file.tensors.keys()]).toEqual(['b', '__proto__']);
    expect(await file.read('__proto__')).toHaveLength(2);
  });

  test('elements in parts; what is not there, or comes short, is an error', async () => {
    const bytes = writeSafetensors([{ name: 'a', shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }]);
    const file = await open(bytes);
    expect([...toFloat32('F32', await file.read('a', 2, 3), 'a')]).toEqual([3, 4, 5]);
    await expect(file.read('a', 4, 3)).rejects.toMatchObject({ code: 'model/safetensors' });
    await expect(file.read('a', -1, 1)).rejects.toMatchObject({ code: 'model/safetensors' });
    await expect(file.read('toString')).rejects.toMatchObject({ code: 'model/safetensors' });
    const source = rangedBytes(bytes);
    let read = 0;
    const short = await openSafetensors(
      {
        sizeBytes: source.sizeBytes,
        read: async (from, to) => (await source.read(from, to)).subarray(0, read++ < 2 ? undefined : 8),
      },
      'x',
    );
    await expect(short.read('a')).rejects.toThrow(/24 bytes were to be read, 8 came/);
  });

  test('f16 and bf16 widen exactly; other dtypes are refused', () => {
    const halves = Uint16Array.of(0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x7c00, 0xfc00, 0x3555);
    const values = toFloat32('F16', new Uint8Array(halves.buffer), 'x');
    expect([...values]).toEqual([0, -0, 1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, Infinity, -Infinity, 0.333251953125]);
    expect(toFloat32('F16', new Uint8Array(Uint16Array.of(0x7e00).buffer), 'x')[0]).toBeNaN();
    const brains = Uint16Array.of(0x3f80, 0xc040, 0x0001);
    expect([...toFloat32('BF16', new Uint8Array(brains.buffer), 'x')]).toEqual([1, -3, 2 ** -133]);
    // From an odd address of a larger buffer.
    const shifted = new Uint8Array(21);
    shifted.set(new Uint8Array(halves.buffer), 1);
    expect(toFloat32('F16', shifted.subarray(1), 'x')).toEqual(values);
    expect(() => toFloat32('I8', new Uint8Array(4), 'w')).toThrow(/w: weights must be F32, F16 or BF16, got I8/);
  });
});
