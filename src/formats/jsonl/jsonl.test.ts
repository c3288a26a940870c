import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TunesmithError } from '../../lib/errors';
import { exactOf } from './exactJson';
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

describe('broken input', () => {
  it('numbers beyond double are told as they were written', () => {
    const text =
      '{"a": 1e999, "b": 1180591620717411303425, "c": 1180591620717411303424, "d": "1e999 9007199254740993", "e": -9007199254740993, "f": 1e300}';
    const row = readRow(utf8(text), 1, 1 << 24);
    expect(row.inexactNumbers).toEqual(['1e999', '1180591620717411303425', '-9007199254740993']);
    expect(readRow(utf8('{"a": 9007199254740991, "b": 0.1}'), 1, 1 << 24).inexactNumbers).toEqual([]);
  });

  it('they are told beside strings of many millions of characters', () => {
    const long = 'a\\n"'.replace('"', '\\"').repeat(3e6);
    for (const key of ['a', 'tool']) {
      const row = readRow(utf8(`{"${key}": "${long}", "n": 1e999, "m": 2.0}`), 1, 1 << 24);
      expect(row.inexactNumbers).toEqual(['1e999']);
      expect(exactOf(row.value as object)?.literals.get('m')).toBe(key === 'tool' ? '2.0' : undefined);
    }
  });

  it('10,000-deep nesting is a named error, 400-deep is read', () => {
    const nested = (depth: number): Uint8Array => utf8(`{"a": ${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(faultOf(nested(10_000)).code).toBe('data/nested-too-deeply');
    expect(faultOf(nested(10_000)).message).toMatch(/^line 4: .+; flatten the row$/);
    expect(faultOf(utf8('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000))).code).toBe('data/nested-too-deeply');
    expect(readRow(nested(400), 1, 1 << 24).duplicateKeys).toEqual([]);
  });

  it('a NUL byte in a text is an error with line and column', () => {
    const error = faultOf(utf8('{"a": "x\0y"}'));
    expect([error.code, error.details.data]).toEqual(['data/invalid-json', { line: 4, column: 9 }]);
    expect(error.message).toContain('a control character inside a string');
  });

  it('truncated UTF-8 is an error with line and byte, a lone surrogate escape is read', () => {
    expect(faultOf(utf8('{"a": "👍"}').subarray(0, 9)).code).toBe('data/not-utf8');
    expect(readRow(utf8('{"a": "\\ud83d"}'), 1, 1 << 24).value).toEqual({ a: '\ud83d' });
    // A surrogate written in bytes, as some exporters do (CESU-8).
    expect(faultOf(Uint8Array.of(0x22, 0xed, 0xa0, 0xbd, 0x22)).code).toBe('data/not-utf8');
  });
});

describe('duplicate keys', () => {
  it('are those that the scanner finds, in whatever text', () => {
    const key = fc.constantFrom('a', 'b', '__proto__', 'a\\"', '\\\\', ':', '"', 'é');
    const node = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.json({ maxDepth: 0 }),
        fc.array(tie('value'), { maxLength: 3 }).map((parts) => `[${parts.join(' , ')}]`),
        fc
          .array(fc.tuple(key, fc.constantFrom('', ' ', '\n\t'), tie('value')), { maxLength: 4 })
          .map(
            (parts) => `{${parts.map(([name, space, value]) => JSON.stringify(name) + space + ':' + value).join(',')}}`,
          ),
      ),
    })).value;
    fc.assert(
      fc.property(node, (text) => {
        expect(readRow(utf8(text), 1, 1 << 24).duplicateKeys).toEqual(scanJson(text).duplicateKeys);
      }),
      { numRuns: 2000 },
    );
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
