/** CSV and TSV against what Python's csv module reads; the files are made by tools/fixtures/data/formats.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { csvDialect } from './csvDialect';
import { columnNames } from './csvHeader';
import { CsvReader, type CsvRow } from './csvRows';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

interface ReadOptions {
  delimiter?: string;
  lineEnd?: '\n' | '\r';
  sizes?: number[];
  maxRecordUnits?: number;
}

function read(
  text: string,
  { sizes = [1 << 16], ...options }: ReadOptions = {},
): { rows: CsvRow[]; reader: CsvReader } {
  const rows: CsvRow[] = [];
  const reader = new CsvReader({
    delimiter: ',',
    lineEnd: '\n',
    name: 'rows.csv',
    ...options,
    onRow: (row) => rows.push(row),
  });
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    reader.push(text.slice(at, at + size));
    at += size;
  }
  do reader.end();
  while (!reader.isDone);
  return { rows, reader };
}
const values = (rows: CsvRow[]): unknown[] => rows.map(({ json }) => JSON.parse(json) as unknown);

describe('CSV', () => {
  it.each([
    ['comma.csv', ','],
    ['crlf-all-quoted.csv', ','],
    ['semicolon-bom.csv', ';'],
    ['pipe-no-final-newline.csv', '|'],
    ['tab.tsv', '\t'],
  ])('%s reads as in Python, however the text is cut', (name, delimiter) => {
    const text = fixture(name).replace(/^\ufeff/, '');
    const expected = fixture(`${name}.rows.jsonl`)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(csvDialect(text, true)).toMatchObject({ delimiter, lineEnd: '\n', columns: 4, regularity: 1 });
    for (const sizes of [[1 << 16], [1], [7, 100, 1], [1000]]) {
      const { rows, reader } = read(text, { delimiter, sizes });
      expect(values(rows)).toEqual(expected);
      expect(reader.columns).toEqual(['id', 'question', 'answer', 'note é']);
      expect(rows.every(({ error }) => error === null)).toBe(true);
      for (const { line, json } of rows) {
        const id = (JSON.parse(json) as { id: string }).id;
        expect(text.split('\n')[line - 1]?.replace(/^"/, '').startsWith(id), `line ${line}`).toBe(true);
      }
    }
  });

  it('lone carriage returns end lines', () => {
    const { rows } = read('a,b\r1,2\r3,"x\ry"\r5,6', { lineEnd: csvDialect('a,b\r1,2\r', false).lineEnd });
    expect(values(rows)).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: 'x\ry' },
      { a: '5', b: '6' },
    ]);
    expect(rows.map(({ line }) => line)).toEqual([2, 3, 5]);
  });

  it('more cells than columns are an error that shows the row, fewer are missing values', () => {
    const { rows, reader } = read('a,b\n1,2,3\n4\n5,6,,\n\n7,8\n');
    expect(values(rows)).toEqual([
      { a: '1', b: '2', '(extra cells)': ['3'] },
      { a: '4' },
      { a: '5', b: '6' },
      { a: '7', b: '8' },
    ]);
    expect(rows.map(({ error, line }) => [line, error?.code])).toEqual([
      [2, 'data/csv-extra-cells'],
      [3, undefined],
      [4, undefined],
      [6, undefined],
    ]);
    expect(rows[0]?.error?.message).toMatch(/^line 2: .+ \(2\) are needed, got 3; put .+ into double quotes$/);
    expect(reader.notes.missingCells).toEqual({ count: 1, line: 3 });
  });

  it('names each column once, also __proto__', () => {
    const { rows, reader } = read('a,,a,__proto__,a_2\n1,2,3,4,5\n');
    expect(reader.columns).toEqual(['a', 'column_2', 'a_3', '__proto__', 'a_2']);
    expect(rows[0]?.json).toBe('{"a":"1","column_2":"2","a_3":"3","__proto__":"4","a_2":"5"}');
    expect(reader.notes.header.map(({ code }) => code)).toEqual(['data/csv-empty-column', 'data/csv-duplicate-column']);
    const long = read(`${'a text that is no name '.repeat(10)},b\n1,2\n`);
    expect(long.reader.notes.header.map(({ code }) => code)).toEqual(['data/csv-no-header']);
  });

  it('names a line of one name many times in linear time', () => {
    const begun = performance.now();
    const { names } = columnNames(
      Array.from({ length: 50_000 }, () => 'a'),
      1,
    );
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(new Set(names).size).toBe(50_000);
    expect(columnNames(['a', 'a_2', 'a', 'a'], 1).names).toEqual(['a', 'a_2', 'a_3', 'a_4']);
  });

  it('an unclosed quote is named with its line, and the rows after that line are read', () => {
    const { rows } = read('a,b\n1,2\n3,"four\n5,6\n7,8\n');
    expect(rows.map(({ line, error }) => [line, error?.code])).toEqual([
      [2, undefined],
      [3, 'data/csv-unclosed-quote'],
      [4, undefined],
      [5, undefined],
    ]);
    expect(rows[1]?.error?.message).toMatch(/^line 3: /);
    const deep = read('a,b\n1,"x\ny","open\n5,6\n');
    expect(deep.rows.map(({ line, error }) => [line, error?.data?.['line']])).toEqual([
      [2, 3],
      [4, undefined],
    ]);
  });

  it('an unclosed quote in a long file is given up at the cap, and the file after eleven', () => {
    const text = `a,b\n1,"open\n${'2,3\n'.repeat(50_000)}`;
    const { rows } = read(text, { maxRecordUnits: 1 << 12, sizes: [1000] });
    expect(rows.length).toBe(50_001);
    expect(rows.filter(({ error }) => error).map(({ line, error }) => [line, error?.code])).toEqual([
      [2, 'data/csv-unclosed-quote'],
    ]);
    expect(rows.at(-1)?.line).toBe(50_002);
    expect(() => read(`a,b\n${`1,"open ${'x'.repeat(5000)}\n`.repeat(20)}`, { maxRecordUnits: 1 << 12 })).toThrow(
      /^rows.csv: line \d+: a double quote/,
    );
  });

  it('a line longer than the cap is an error, and the next one is read', () => {
    const { rows } = read(`a,b\n1,2\n3,${'x'.repeat(10_000)}\n5,6\n`, { maxRecordUnits: 1 << 10, sizes: [500] });
    expect(rows.map(({ line, error }) => [line, error?.code])).toEqual([
      [2, undefined],
      [3, 'data/line-too-long'],
      [4, undefined],
    ]);
  });

  it('notes quotes inside of quoted cells', () => {
    const { reader, rows } = read('a,b\n"x "y" z",2\n');
    expect(values(rows)).toEqual([{ a: 'x "y" z', b: '2' }]);
    expect(reader.notes.strayQuotes).toEqual({ count: 1, line: 2 });
  });
});
