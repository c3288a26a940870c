import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TunesmithError } from '../../lib/errors';
import { createMemoryScratch, MemoryScratch } from './memoryScratch';
import { openRows } from './openRows';
import { fileOf, readAll } from './testing/readAll';

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const gzip = (text: string | Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(text));
const jsonl = '{"a": 1}\r\n\r\n{"b": "é👍"}\n{"c": 3}';
const jsonlRows = ['{"a": 1}', '{"b": "é👍"}', '{"c": 3}'];

const parquet = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../formats/parquet/fixtures/${name}`, import.meta.url)));

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    return error instanceof TunesmithError ? error.code : String(error);
  }
  return 'nothing';
};

describe('JSON text', () => {
  it.each(['rows.jsonl', 'rows.jsonl.txt', 'rows.ndjson', 'rows.txt', 'rows.json', 'rows'])(
    '%s: lines',
    async (name) => {
      const { opened, rows, sha256, remarks } = await readAll(fileOf(name, '\ufeff', jsonl));
      expect(opened).toMatchObject({ kind: 'jsonl', compression: null, columns: null });
      expect(rows.map(({ text }) => text.trim())).toEqual(jsonlRows);
      expect(rows.map(({ line }) => line)).toEqual([1, 3, 4]);
      for (const { text, stored, error } of rows) expect([stored, error]).toEqual([text, null]);
      expect(sha256).toBe(
        createHash('sha256')
          .update('\ufeff' + jsonl)
          .digest('hex'),
      );
      expect(remarks).toEqual([]);
    },
  );

  it.each([
    ['an array', '[{"a": 1},\n {"b": [2, "]"]}]\n', ['{"a": 1}', '{"b": [2, "]"]}'], [1, 2]],
    ['an array in an object', '{"version": 1, "data": [\n{"q": 1},\n{"q": 2}\n]}', ['{"q": 1}', '{"q": 2}'], [2, 3]],
    ['an array in an object on one line', '{"train": [{"q": 1}, {"q": 2}]}', ['{"q": 1}', '{"q": 2}'], [1, 1]],
    ['printed values', '{\n "a": 1\n}\n{\n "a": 2\n}', ['{\n "a": 1\n}', '{\n "a": 2\n}'], [1, 4]],
    [
      'one printed conversation',
      '{\n "messages": [\n{"role": "user"}]\n}',
      ['{\n "messages": [\n{"role": "user"}]\n}'],
      [1],
    ],
    ['one conversation on a line', '{"messages": [{"role": "user"}]}', ['{"messages": [{"role": "user"}]}'], [1]],
    ['lines that end in CR', '{"a": 1}\r{"a": 2}\r', ['{"a": 1}', '{"a": 2}'], [1, 2]],
    ['a broken first line', '{"a": [1, 2, 3\n{"a": 2}\n', ['{"a": [1, 2, 3', '{"a": 2}'], [1, 2]],
  ])('%s', async (what, text, expected, lines) => {
    const { rows, remarks } = await readAll(fileOf('rows.json', text));
    expect(rows.map((row) => row.text)).toEqual(expected);
    expect(rows.map((row) => row.line)).toEqual(lines);
    expect(remarks.map(({ code }) => code)).toEqual(what === 'lines that end in CR' ? ['data/cr-line-ends'] : []);
    for (const { text: row, stored } of rows) expect(stored).toBe(row);
  });

  it('names an array that never closes, and what follows one', async () => {
    const open = await readAll(fileOf('rows.json', '\n[{"a": 1},\n{"a": 2}'));
    expect(open.rows.length).toBe(2);
    expect(open.remarks).toMatchObject([{ code: 'data/unclosed-array' }]);
    expect(open.remarks[0]?.message).toMatch(/^line 2:/);
    const two = await readAll(fileOf('rows.json', '{"train": [{"a": 1}],\n"test": [{"a": 2}]}'));
    expect(two.rows.length).toBe(1);
    expect(two.remarks).toMatchObject([{ code: 'data/text-after-rows' }]);
  });

  it('is none in an empty file', async () => {
    const { rows, opened } = await readAll(fileOf('rows.jsonl'));
    expect([rows, opened.kind]).toEqual([[], 'jsonl']);
    expect(await opened.head(3)).toEqual([]);
  });

  it('in UTF-16 is transcoded', async () => {
    for (const [mark, swap] of [
      ['\ufeff', false],
      ['\ufeff', true],
      ['', false],
      ['', true],
    ] as const) {
      const bytes = new Uint8Array(Buffer.from(mark + jsonl, 'utf16le'));
      if (swap) Buffer.from(bytes.buffer).swap16();
      const { rows } = await readAll(fileOf('rows.jsonl', bytes));
      expect(rows.map(({ text }) => text.trim())).toEqual(jsonlRows);
      for (const { text, stored } of rows) expect(stored).toBe(text);
    }
  });
});

describe('gzip', () => {
  it('is read, members one after another too', async () => {
    const parts = [gzip('{"a": 1}\r\n\r\n{"b'), gzip('": "é👍"}\n'), gzip('{"c": 3}')];
    const { opened, rows, sha256 } = await readAll(fileOf('rows.jsonl.gz', ...parts));
    expect(opened).toMatchObject({ kind: 'jsonl', compression: 'gzip' });
    expect(rows.map(({ text }) => text.trim())).toEqual(jsonlRows);
    expect(rows.map(({ line }) => line)).toEqual([1, 3, 4]);
    for (const { text, stored } of rows) expect(stored).toBe(text);
    expect(sha256).toBe(createHash('sha256').update(Buffer.concat(parts)).digest('hex'));
  });

  it('that is cut off or damaged is named', async () => {
    const whole = gzip(Array.from({ length: 5000 }, (_, row) => JSON.stringify({ row, x: Math.sin(row) })).join('\n'));
    expect(await codeOf(readAll(fileOf('rows.jsonl.gz', whole.subarray(0, -20))))).toBe('data/gzip-damaged');
    const damaged = whole.slice();
    damaged.fill(0x55, 30_000, 30_050);
    expect(await codeOf(readAll(fileOf('rows.jsonl.gz', damaged)))).toBe('data/gzip-damaged');
    expect(await codeOf(readAll(fileOf('rows.jsonl.gz', whole.subarray(0, 12))))).toBe('data/gzip-damaged');
  });

  it('that unpacks to a thousand times its size stays small in memory', async () => {
    const bomb = gzip(new Uint8Array(200e6).fill(0x20));
    const before = process.memoryUsage().rss;
    const { rows } = await readAll(fileOf('rows.jsonl.gz', bomb));
    expect(rows).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  });
});

describe('reading', () => {
  const many = Array.from({ length: 30_000 }, (_, row) => JSON.stringify({ row, text: 'x'.repeat(row % 50) }));

  it('gives blocks of at most 1,000 rows and about 256 KiB, numbered through', async () => {
    const { blocks, rows } = await readAll(fileOf('rows.jsonl', many.join('\n')));
    expect(rows.map(({ text }) => text)).toEqual(many);
    let next = 0;
    for (const { firstRow, count, bytes, starts, lines, places } of blocks) {
      expect(firstRow).toBe(next);
      next += count;
      expect(count).toBeLessThanOrEqual(1000);
      expect(bytes.length).toBeLessThanOrEqual(1 << 18);
      expect([starts.length, lines.length, places.length]).toEqual([count + 1, count, count * 2]);
      expect(starts[count]).toBe(bytes.length);
    }
  });

  it('waits for each block, and is cancelled', async () => {
    let open = 0;
    const seen: number[] = [];
    const file = fileOf('rows.jsonl', many.join('\n'));
    const slow = readAll(file, {
      onBlock: async ({ firstRow }) => {
        expect(++open).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push(firstRow);
        open--;
      },
      isCancelled: () => seen.length === 5,
    });
    expect(await codeOf(slow)).toBe('data/cancelled');
    expect(seen.length).toBe(5);
  });

  it('leaves no scratch behind when it is cancelled', async () => {
    let released = 0;
    for (const file of [fileOf('rows.csv', 'a,b\n1,2\n'), fileOf('rows.parquet', parquet('snappy.parquet'))]) {
      const opened = await openRows(file, () => {
        const scratch = new MemoryScratch();
        scratch.release = (): Promise<void> => Promise.resolve(void released++);
        return Promise.resolve(scratch);
      });
      let blocks = 0;
      const reading = opened.read({
        onBlock: () => void blocks++,
        onProgress: () => undefined,
        isCancelled: () => blocks > 0,
      });
      expect(await codeOf(reading)).toBe('data/cancelled');
    }
    expect(released).toBe(2);
  });

  it('a row over 16 MiB is measured, not kept', async () => {
    const long = `{"a": "${'x'.repeat(17 << 20)}"}`;
    const { rows, opened, blocks } = await readAll(fileOf('rows.jsonl', `{"b": 1}\n${long}\n{"c": 1}`), {});
    expect(rows.map(({ line, error }) => [line, error])).toEqual([
      [1, null],
      [2, 'data/line-too-long'],
      [3, null],
    ]);
    const places = blocks.flatMap((block) => [...block.places]);
    expect((places[3] ?? 0) - (places[2] ?? 0)).toBe(long.length);
    expect(await opened.head(1)).toMatchObject([{ line: 1 }]);
  });

  it('head reads only what it needs', async () => {
    const file = fileOf('rows.jsonl', many.join('\n').repeat(4));
    const bytes = new Uint8Array(await file.arrayBuffer());
    let readBytes = 0;
    const opened = await openRows(file, createMemoryScratch);
    // As a browser streams a file from disk; Node hands out what lies in memory whole.
    file.stream = () =>
      new ReadableStream(
        {
          pull: (controller) => {
            controller.enqueue(bytes.slice(readBytes, readBytes + (1 << 16)));
            readBytes += 1 << 16;
          },
        },
        { highWaterMark: 0 },
      );
    const head = await opened.head(2);
    expect(head.map(({ line, bytes }) => [line, new TextDecoder().decode(bytes ?? undefined)])).toEqual([
      [1, many[0]],
      [2, many[1]],
    ]);
    expect(file.size).toBeGreaterThan(4 << 16);
    expect(readBytes).toBe(1 << 16);
  });

  it('a file that changed on disk, or that can not be read at all, is named', async () => {
    const file = fileOf('rows.jsonl', jsonl);
    const opened = await openRows(file, createMemoryScratch);
    const failing = (): Blob =>
      ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) as unknown as Blob;
    file.slice = failing;
    expect(await codeOf(opened.bytes(0, 3))).toBe('data/file-changed');
    expect(await codeOf(openRows(file, createMemoryScratch))).toBe('data/not-a-data-file');
  });
});

describe('files that hold no rows are named', () => {
  it.each([
    ['photo.jpg', [0xff, 0xd8, 0xff, 0xe0, 0, 16], 'an image (JPEG)'],
    ['photo.jsonl', [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0], 'an image (PNG)'],
    ['paper.pdf', [...utf8('%PDF-1.7\n%')], 'a PDF document'],
    ['rows.zip', [0x50, 0x4b, 3, 4, 20, 0, 0, 0], 'a zip archive'],
    ['song.mp3', [0x49, 0x44, 0x33, 4, 0, 0], 'audio (MP3)'],
    ['program', [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], 'a program (ELF)'],
    ['rows.zst', [0x28, 0xb5, 0x2f, 0xfd, 4, 0], 'a Zstandard file'],
    ['page.json', [...utf8('<!DOCTYPE html><html>')], 'a web page (HTML)'],
    ['photo.jpg.gz', [...gzip(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16))], 'an image (JPEG) inside of gzip'],
  ])('%s', async (name, bytes, what) => {
    const work = openRows(fileOf(name, Uint8Array.from(bytes)), createMemoryScratch);
    await expect(work).rejects.toMatchObject({ code: 'data/not-a-data-file', details: { data: { kind: what } } });
    await expect(work).rejects.toThrow(/^\S+: .+, got .+; .+/);
  });
});

describe('tables', () => {
  const csv = 'question,answer\n"What, now?","é👍\nnext"\n1,2,3\n';

  it.each([
    ['rows.csv', csv, 'csv', null],
    ['rows.txt', csv, 'csv', null],
    ['rows', csv.replaceAll(',', '\t'), 'tsv', null],
    ['rows.csv.gz', csv, 'csv', 'gzip'],
    ['rows.csv', csv.replaceAll(',', ';'), 'csv', null],
  ])('%s %#', async (name, text, kind, compression) => {
    const parts = compression === 'gzip' ? [gzip(text)] : ['\ufeff', text];
    const { opened, rows } = await readAll(fileOf(name, ...parts));
    expect(opened).toMatchObject({ kind, compression, columns: ['question', 'answer'] });
    const [first, second] = rows;
    expect(JSON.parse(first?.text ?? '')).toMatchObject({ answer: 'é👍\nnext' });
    expect(rows.map(({ line, error }) => [line, error])).toEqual([
      [2, null],
      [4, 'data/csv-extra-cells'],
    ]);
    expect([first?.stored, second?.stored]).toEqual([first?.text, second?.text]);
    expect((await opened.head(1)).map(({ bytes }) => new TextDecoder().decode(bytes ?? undefined))).toEqual([
      first?.text,
    ]);
  });

  it('names cells that are not UTF-8 with their line, NUL bytes stay in their cell', async () => {
    const bytes = Uint8Array.from([...utf8('a,b\n1,x'), 0xfc, ...utf8('\n2,y\n3,\0\n')]);
    const { rows } = await readAll(fileOf('rows.csv', bytes));
    expect(rows.map(({ line, error }) => [line, error])).toEqual([
      [2, 'data/not-utf8'],
      [3, null],
      [4, null],
    ]);
    expect(JSON.parse(rows[2]?.text ?? '')).toEqual({ a: '3', b: '\0' });
  });

  it('a replacement character that the file itself holds is text, wherever a chunk ends', async () => {
    const text =
      'a,b\n' + Array.from({ length: 30_000 }, (_, row) => `${row},${'\ufffd'.repeat(1 + (row % 7))}x`).join('\n');
    const { rows } = await readAll(fileOf('rows.csv', text));
    expect(rows.length).toBe(30_000);
    expect(rows.filter(({ error }) => error !== null)).toEqual([]);
  });

  it('remarks on records with too few cells', async () => {
    const { remarks } = await readAll(fileOf('rows.csv', 'a,b\n1\n2\n3,4\n'));
    expect(remarks).toMatchObject([{ code: 'data/csv-missing-cells' }]);
    expect(remarks[0]?.message).toMatch(/^line 2: 2 records have fewer cells/);
  });

  it('plain text and binary data are named', async () => {
    for (const [name, text] of [
      ['story.txt', 'Once upon a time.\nThere was a model, small but eager.\nThe end.\n'],
      ['rows.jsonl', '\0\x01\x02\x03 binary'],
    ] as const)
      expect(await codeOf(openRows(fileOf(name, text), createMemoryScratch))).toBe('data/not-a-data-file');
    // By its name it is JSON, each of its lines tells what is wrong.
    expect((await readAll(fileOf('rows.jsonl', 'nonsense\nmore\n'))).rows.length).toBe(2);
  });
});

describe('Parquet', () => {
  const expected = new TextDecoder().decode(parquet('rows.jsonl')).trimEnd().split('\n');

  it.each([
    ['rows.parquet', null],
    ['rows.parquet.gz', 'gzip'],
  ])('%s', async (name, compression) => {
    const bytes = compression ? gzip(parquet('snappy.parquet')) : parquet('snappy.parquet');
    const { opened, rows, sha256 } = await readAll(fileOf(name, bytes));
    expect(opened).toMatchObject({ kind: 'parquet', compression });
    expect(opened.columns).toHaveLength(11);
    expect(rows.map(({ line }) => line)).toEqual(expected.map((_, index) => index + 1));
    rows.forEach(({ text, stored }, index) => {
      expect(JSON.parse(text)).toEqual(JSON.parse(expected[index] ?? ''));
      expect(stored).toBe(text);
    });
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const head = await opened.head(3);
    expect(head.map(({ line, bytes: row }) => [line, new TextDecoder().decode(row ?? undefined)])).toEqual(
      rows.slice(0, 3).map(({ line, text }) => [line, text]),
    );
    await opened.release();
  });
});

it('the fixture of several gzip members reads as its plain file', async () => {
  const fixture = (name: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(readFileSync(new URL(`../../formats/gzip/fixtures/${name}`, import.meta.url)));
  const plain = await readAll(fileOf('rows.jsonl', fixture('rows.jsonl')));
  for (const name of ['members.jsonl.gz', 'named.jsonl.gz']) {
    const { rows } = await readAll(fileOf(name, fixture(name)));
    expect(rows).toEqual(plain.rows);
  }
});

describe('broken input', () => {
  it('a line of 300 MB is measured in bounded memory', { timeout: 180_000 }, async () => {
    const part = new Blob(['x'.repeat(1 << 20)]);
    const file = new File(['{"a": "', ...Array.from({ length: 300 }, () => part), '"}\n{"b": 1}'], 'rows.jsonl');
    const before = process.memoryUsage().rss;
    let peak = before;
    const { rows } = await readAll(file, { onProgress: () => (peak = Math.max(peak, process.memoryUsage().rss)) });
    expect(rows.map(({ line, error }) => [line, error])).toEqual([
      [1, 'data/line-too-long'],
      [2, null],
    ]);
    expect(peak - before).toBeLessThan(200e6);
  });

  it(
    'a CSV with an unclosed quote and 60 MB behind it is read on from the next line',
    { timeout: 180_000 },
    async () => {
      const part = new Blob([`2,${'x'.repeat(253)}\n`.repeat(1 << 12)]);
      const file = new File(['a,b\n1,"open\n', ...Array.from({ length: 60 }, () => part)], 'rows.csv');
      let longest = 0;
      let last = process.cpuUsage();
      let count = 0;
      const errors: unknown[] = [];
      const opened = await openRows(file, createMemoryScratch);
      await opened.read({
        onBlock: (block) => {
          count += block.count;
          errors.push(...block.errors.map(({ error }) => [error.code, error.data?.['line']]));
        },
        onProgress: () => undefined,
        isCancelled: () => {
          // Processor time: what other programs take of the machine does not count.
          const { user, system } = process.cpuUsage(last);
          longest = Math.max(longest, (user + system) / 1000);
          last = process.cpuUsage();
          return false;
        },
      });
      expect(errors).toEqual([['data/csv-unclosed-quote', 2]]);
      expect(count).toBe(60 * (1 << 12) + 1);
      expect(longest).toBeLessThan(1000);
    },
  );
});

it('any bytes under any name are read or refused with a name, and rows stand where their places say', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constantFrom(
      '{',
      '[',
      '{"data": [',
      '}',
      ']',
      ',',
      '"',
      '\n',
      '\r\n',
      '\r',
      'a,b\n',
      '\0',
      '\ufeff',
      '\t',
      'PAR1',
      '\x1f\x8b\x08',
    ),
  );
  const name = fc.constantFrom('rows.jsonl', 'rows.json', 'rows.csv', 'rows.tsv', 'rows.txt', 'rows.parquet', 'rows');
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), name, fc.boolean(), async (pieces, called, zipped) => {
      const bytes = utf8(pieces.join(''));
      try {
        const { rows } = await readAll(fileOf(called, zipped ? gzip(bytes) : bytes));
        for (const { text, stored } of rows) expect(stored).toBe(text);
      } catch (error) {
        if (!(error instanceof TunesmithError)) throw error;
        expect(error.code).toMatch(/^data\/(not-a-data-file|parquet-damaged|gzip-damaged|csv-unclosed-quote)$/);
        expect(error.message).toMatch(/^rows\S*: .+; .+/s);
      }
    }),
    { numRuns: 500 },
  );
});
