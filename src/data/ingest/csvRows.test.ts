import { expect, it } from 'vitest';
import { readAll } from './testing/readAll';

it.each([
  [';', '\n', 'csv'],
  ['\t', '\r\n', 'tsv'],
  ['^', '\r\n', 'csv'],
])('a first line of Excel\u2019s that names the delimiter %j is no header', async (delimiter, end, kind) => {
  const lines = [`sep=${delimiter}`, `question${delimiter}answer`, `"a, b${end}c"${delimiter}d`, `e${delimiter}f`];
  for (const mark of ['', '\ufeff']) {
    const { opened, rows } = await readAll(new File([mark, lines.join(end)], 'rows.csv'));
    expect(opened).toMatchObject({ kind, columns: ['question', 'answer'] });
    expect(rows.map(({ line, text }) => [line, JSON.parse(text ?? '') as unknown])).toEqual([
      [3, { question: `a, b${end}c`, answer: 'd' }],
      [5, { question: 'e', answer: 'f' }],
    ]);
  }
});
