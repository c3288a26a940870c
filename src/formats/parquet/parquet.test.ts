/** Parquet files made by pyarrow (tools/fixtures/data/formats.py), read as Python reads them; damaged ones are named. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TunesmithError } from '../../lib/errors';
import { readParquetMetadata, type ByteRange } from './parquetMetadata';
import { parquetRows } from './parquetRows';

const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
const expected = new TextDecoder()
  .decode(bytesOf('rows.jsonl'))
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as unknown);

async function read(bytes: Uint8Array<ArrayBuffer>): Promise<{ rows: unknown[]; columns: string[]; longest: number }> {
  let longest = 0;
  const range: ByteRange = {
    size: bytes.length,
    read: (start, end) => {
      longest = Math.max(longest, end - start);
      return Promise.resolve(bytes.slice(start, end));
    },
  };
  const parquet = await readParquetMetadata(range, 'rows.parquet');
  const rows: unknown[] = [];
  for await (const batch of parquetRows(range, parquet)) {
    if (batch.rows.length > 0) expect(batch.firstRow).toBe(rows.length);
    for (const row of batch.rows) rows.push(JSON.parse(row));
  }
  return { rows, columns: parquet.columns, longest };
}

describe('Parquet', () => {
  it.each([
    'none.parquet',
    'snappy.parquet',
    'gzip-v2.parquet',
    'zstd.parquet',
    'brotli.parquet',
    'lz4.parquet',
    'delta.parquet',
  ])('%s reads as in Python', async (name) => {
    const { rows, columns } = await read(bytesOf(name));
    expect(columns.slice(0, 4)).toEqual(['id', 'messages', 'source', 'tags']);
    expect(rows.length).toBe(300);
    rows.forEach((row, index) => expect(row, `row ${index}`).toEqual(expected[index]));
  });

  it('without rows has columns', async () => {
    const { rows, columns } = await read(bytesOf('empty.parquet'));
    expect(rows).toEqual([]);
    expect(columns).toHaveLength(11);
  });
});

const codeOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  try {
    await read(bytes);
  } catch (error) {
    if (error instanceof TunesmithError) return error.code;
    throw error;
  }
  return 'read';
};

describe('a damaged Parquet file', () => {
  it('is named, wherever it is cut off', async () => {
    const whole = bytesOf('snappy.parquet');
    for (const length of [0, 4, 11, 100, whole.length >> 1, whole.length - 1])
      expect(await codeOf(whole.slice(0, length))).toBe('data/parquet-damaged');
    expect(await codeOf(bytesOf('snappy.parquet').fill(0, 5000, 9000))).toMatch(
      /^data\/parquet-(damaged|unsupported)$/,
    );
  });

  it('with a footer of absurd length is named before it is read', async () => {
    for (const length of [0, 0xffffffff, 0x7fffffff]) {
      const bytes = bytesOf('snappy.parquet');
      new DataView(bytes.buffer).setUint32(bytes.length - 8, length, true);
      expect(await codeOf(bytes)).toBe('data/parquet-damaged');
    }
  });

  it('that is encrypted is unsupported', async () => {
    const bytes = bytesOf('snappy.parquet');
    bytes.set(new TextEncoder().encode('PARE'), bytes.length - 4);
    expect(await codeOf(bytes)).toBe('data/parquet-unsupported');
  });

  it('with any bytes changed reads or is named, in bounded time and memory', { timeout: 120_000 }, async () => {
    const whole = bytesOf('gzip-v2.parquet');
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
    const footer = fc.tuple(
      fc.integer({ min: whole.length - 6000, max: whole.length - 9 }),
      fc.constantFrom(0, 0x7f, 0xff),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(change, footer), { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        expect(['read', 'data/parquet-damaged', 'data/parquet-unsupported']).toContain(await codeOf(bytes));
      }),
      { numRuns: 300 },
    );
  });
});
