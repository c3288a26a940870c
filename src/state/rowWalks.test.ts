/** Filters, walks and mappings over the faked worker. */
import { beforeEach, expect, test, vi } from 'vitest';
import { replaceClients } from './clients';
import { openFile, useDataset } from './datasetStore';
import { applyFix, showHistory } from './editsStore';
import { stem } from './downloads';
import { needLengths, useLengths } from './lengthsStore';
import { chooseFormat, formatLine, mapColumn, mapRole, suggestedTurns, unmappedRoles } from './mapping';
import { resetRecipe, useRecipe } from './recipeStore';
import { filterRows, neighbour, rowFilters, useRowFilter } from './rowFilterStore';
import { fakeClients } from './testing/fakeClients';
import { summary } from './testing/facts';
import { useWalk, walkTo } from './walkStore';

const row = (answer: string): string =>
  JSON.stringify({
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: answer },
    ],
  });
const lines = Array.from({ length: 100 }, (_, at) => (at % 7 === 3 ? 'broken' : row(at % 5 === 0 ? 'yes ' : 'no')));
const present = () => {
  const { status } = useDataset.getState();
  if (status.kind !== 'ready') throw new Error('not ready');
  return status.summary;
};

beforeEach(async () => {
  replaceClients(fakeClients());
  resetRecipe();
  showHistory(null, null);
  await openFile(new File([lines.join('\n')], 'rows.jsonl'), false);
  await filterRows('all');
});

test('a filter names the rows of its classes, and empties when they are fixed', async () => {
  expect(rowFilters(present()).map(({ label }) => label)).toEqual([
    'All rows (100)',
    'outer space (17)',
    'bad json (14)',
    'For training (86)',
  ]);
  await filterRows('only train');
  expect(useRowFilter.getState().rows).toHaveLength(86);
  await filterRows('error');
  expect(useRowFilter.getState().rows?.slice(0, 3)).toEqual([3, 10, 17]);
  expect(useDataset.getState().selected).toBe(3);
  await filterRows('warning data/outer-space');
  const problem = present().problems.find(({ code }) => code === 'data/outer-space');
  const [fix] = problem?.fixes ?? [];
  if (!problem || !fix) throw new Error('no fix');
  await applyFix(fix, problem);
  await vi.waitFor(() => expect(useRowFilter.getState().rows).toEqual([]));
  await openFile(new File([row('x')], 'other.jsonl'), false);
  await vi.waitFor(() => expect(useRowFilter.getState().filter).toBe('all'));
});

test('a class is walked row by row, beyond the rows that its summary lists', async () => {
  const problem = present().problems.find(({ code }) => code === 'data/bad-json');
  if (!problem) throw new Error('no such class');
  const short = { ...problem, rows: problem.rows.slice(0, 2) };
  await walkTo(short, 0);
  expect(useDataset.getState().selected).toBe(3);
  await walkTo(short, 13);
  expect(useWalk.getState().at).toMatchObject({ index: 13, row: 94 });
  await walkTo(short, 14);
  expect(useWalk.getState().at?.index).toBe(13);
});

test('the neighbour of a row in a list of rows', () => {
  const rows = [2, 5, 9];
  expect([neighbour(rows, 5, 1), neighbour(rows, 5, -1), neighbour(rows, 9, 1), neighbour(rows, 2, -1)]).toEqual([
    9,
    2,
    null,
    null,
  ]);
  expect([neighbour(rows, 6, 1), neighbour(rows, 6, -1), neighbour([], 1, 1)]).toEqual([9, 5, null]);
});

test('a column gets one role, a role one column, and the format stands still with it', () => {
  const { detection } = summary({
    detection: {
      ...present().detection,
      format: 'question_answer',
      columns: { question: 'a', answer: 'b' },
    },
  });
  mapColumn(detection, 'a', 'answer');
  expect(useRecipe.getState().recipe.dataset).toMatchObject({ format: 'question_answer', columns: { answer: 'a' } });
  mapColumn({ ...detection, columns: { answer: 'a' } }, 'b', 'question');
  expect(useRecipe.getState().recipe.dataset.columns).toEqual({ answer: 'a', question: 'b' });
  chooseFormat('alpaca');
  expect(useRecipe.getState().recipe.dataset).toMatchObject({ format: 'alpaca', columns: {} });
  chooseFormat('auto');
  mapRole('bot', 'assistant');
  mapRole('human', 'user');
  mapRole('bot', null);
  expect(useRecipe.getState().recipe.dataset.role_map).toEqual({ human: 'user' });
});

test('the format line says kind, format and how sure; roles that nothing fills are named', () => {
  const csv = summary({
    kind: 'csv',
    compression: 'gzip',
    format: 'question_answer',
    detection: {
      ...present().detection,
      format: 'question_answer',
      confidence: 0.4,
      columns: { question: 'q' },
      roles: [
        { name: 'question', required: true, description: '' },
        { name: 'answer', required: true, description: '' },
        { name: 'context', required: false, description: '' },
      ],
    },
    columns: ['id', 'q', 'reply'].map((name) => ({
      name,
      share: 1,
      type: name === 'id' ? 'number' : 'text',
      example: '',
    })),
  });
  const { recipe } = useRecipe.getState();
  expect(formatLine(csv, false)).toBe('CSV, gzipped · question answer · unsure (40\u00a0%)');
  expect(unmappedRoles(csv, recipe)).toEqual(['answer']);
  const turns = suggestedTurns(csv);
  expect(turns).toEqual([
    { role: 'user', content: '{q}' },
    { role: 'assistant', content: '{reply}' },
  ]);
  expect(unmappedRoles(csv, { ...recipe, dataset: { ...recipe.dataset, messages_template: turns } })).toEqual([]);
});

test('lengths are fetched once per version of the data', async () => {
  await needLengths();
  const { figures } = useLengths.getState();
  expect(figures?.rows).toBe(86);
  await needLengths();
  expect(useLengths.getState().figures).toBe(figures);
});

test.each([
  ['chat.jsonl', 'chat'],
  ['chat.jsonl.gz', 'chat'],
  ['chat.jsonl.txt', 'chat'],
  ['a.b.csv', 'a.b'],
  ['.jsonl', 'data'],
])('the stem of %s', (name, expected) => {
  expect(stem(name)).toBe(expected);
});
