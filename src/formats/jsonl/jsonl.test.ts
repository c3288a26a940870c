import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TunesmithError } from '../../lib/errors';
import { RawRowReader } from './rawRows';
import { readRow } from './readRow';
import { scanJson } from './scanJson';

interface Row {
  line: number;
  text: string | null;
  range: string;
}

/** Reads bytes in chunks of the given sizes, over and over. */
function read(bytes: Uint8Array, sizes: number[], maxRowBytes = 1 << 20): { rows: Row[]; reader: RawRowReader } {
  const rows: Row[] = [];
  const decoder = new TextDecoder();
  const reader = new RawRowReader(
    ({ line, start, end, bytes: row }) => {
      rows.push({ line, text: row && decoder.decode(row), range: decoder.decode(bytes.subarray(start, end)) });
    },
    { maxRowBytes },
  );
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    reader.push(bytes.subarray(at, at + size));
    at += size;
  }
  reader.end();
  return { rows, reader };
}
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const chunking = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe('rows of lines', () => {
  it('are what splitting at line ends gives, however the bytes are cut', () => {
    const line = fc.oneof(fc.json(), fc.constantFrom('', ' ', '\t', 'é👍 text', '{"a": 1}\r', '\r'));
    fc.assert(
      fc.property(fc.array(line), chunking, fc.boolean(), fc.constantFrom('', '\n'), (lines, sizes, bom, last) => {
        const body = ['"first"', ...lines].join('\n') + last;
        const { rows } = read(utf8((bom ? '\ufeff' : '') + body), sizes);
        const expected = body
          .split('\n')
          .flatMap((text, index) => (text.trim() === '' ? [] : [{ line: index + 1, text }]));
        expect(rows.map(({ line: at, text }) => ({ line: at, text }))).toEqual(expected);
        for (const { text, range } of rows) expect(range).toBe(text);
      }),
    );
  });

  it('are given up beyond the cap without being kept, and the next row is read', () => {
    const { rows } = read(utf8(`{"a":1}\n${'x'.repeat(500)}\n{"b":2}`), [7], 100);
    expect(rows.map(({ line, text }) => [line, text])).toEqual([
      [1, '{"a":1}'],
      [2, null],
      [3, '{"b":2}'],
    ]);
    expect(() => readRow(null, 2, 1 << 24)).toThrow(/^line 2: a row may be 16 MiB long/);
  });

  it('may be none', () => {
    for (const text of ['', '\n\n', ' \r\n\t', '\ufeff']) expect(read(utf8(text), [1]).rows).toEqual([]);
  });
});

describe('rows of one array', () => {
  it('are its elements, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { minLength: 1 }),
        chunking,
        fc.constantFrom(0, 2),
        fc.boolean(),
        (values, sizes, indent, bom) => {
          const text = JSON.stringify(values, null, indent);
          const { rows, reader } = read(utf8((bom ? '\ufeff' : '') + text), sizes);
          expect(rows.map((row) => JSON.parse(row.text ?? '') as unknown)).toEqual(JSON.parse(text));
          expect(reader.shape).toBe('array');
          expect(reader.isComplete).toBe(true);
          for (const { text: row, range } of rows) expect(range).toBe(row);
        },
      ),
    );
  });

  it('know their lines, and an unclosed array', () => {
    const { rows, reader } = read(utf8('\n[\n  {"a": "]},"},\n\n  [1,\n 2]'), [3]);
    expect(rows.map(({ line }) => line)).toEqual([3, 5]);
    expect(reader.isComplete).toBe(false);
  });
});

function faultOf(bytes: Uint8Array, line = 4): TunesmithError {
  try {
    readRow(bytes, line, 1 << 24);
  } catch (error) {
    if (error instanceof TunesmithError) return error;
  }
  throw new Error('no fault');
}

describe('a row', () => {
  it.each([
    ['{"a": tru}', 7, 'tru'],
    ["{'a': 1}", 2, 'key in double quotes'],
    ['{"a": 1,}', 9, '"," before "}"'],
    ['[1 2]', 4, '"," or "]"'],
    ['{"a" 1}', 6, '":" expected'],
    ['{"a": "x', 9, 'not closed'],
    ['{"a": "x\ty"}', 9, 'a tab inside a string'],
    ['{"a": "\\q"}', 8, 'double the backslash'],
    ['{"a": [1, {"b": 2}', 19, '2 brackets are still open'],
    ['{} {}', 4, 'after the end'],
    ['{"a": None}', 7, 'None is no JSON value'],
    ['{"a": 01}', 7, 'a value expected'],
    ['nonsense', 1, 'nonsense'],
    ['{', 2, 'pretty-printed'],
  ])('%s fails at column %i', (text, column, words) => {
    const error = faultOf(utf8(text));
    expect(error.code).toBe('data/invalid-json');
    expect(error.details.data).toEqual({ line: 4, column });
    expect(error.message).toContain(words);
  });

  it('names the first byte that is not UTF-8', () => {
    const error = faultOf(Uint8Array.of(0x22, 0xc3, 0xa9, 0xff, 0x22));
    expect(error.code).toBe('data/not-utf8');
    expect(error.details.data).toEqual({ line: 4, byte: 4 });
    expect(faultOf(Uint8Array.of(0x22, 0xf0, 0x9f)).code).toBe('data/not-utf8');
  });

  it('survives deep nesting', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(scanJson(deep)).toEqual({ fault: null, duplicateKeys: [] });
  });

  it('keeps __proto__ as a key and tells of keys that stand twice', () => {
    const { value, duplicateKeys } = readRow(utf8('{"__proto__": {"x": 1}, "a": {"b": 1, "b": 2}}'), 1, 1 << 24);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'a']);
    expect(duplicateKeys).toEqual(['b']);
  });
});

describe('the scanner', () => {
  it('accepts what JSON.parse accepts and nothing else', () => {
    const nearJson = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '0', '\\', 'e', '-', '.', '\n'))
      .map(([text, at, change]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + change + text.slice(place + (change === '' ? 1 : 0));
      });
    fc.assert(
      fc.property(nearJson, (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(scanJson(text).fault === null).toBe(isJson);
      }),
      { numRuns: 3000 },
    );
  });
});
