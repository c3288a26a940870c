import { expect, test } from 'vitest';
import { sortedSentence, sortFiles } from './sortFiles';

const sort = (...names: string[]) => {
  const { data, validation, test, unused } = sortFiles(names.map((name) => ({ name })));
  return [data?.name, validation?.name, test?.name, unused.map(({ name }) => name)];
};

test.each([
  [['eval.jsonl'], ['eval.jsonl', undefined, undefined, []]],
  [
    ['a.jsonl', 'b.jsonl'],
    ['a.jsonl', undefined, undefined, ['b.jsonl']],
  ],
  [
    ['my-val.csv', 'my.csv'],
    ['my.csv', 'my-val.csv', undefined, []],
  ],
  [
    ['test.jsonl', 'dev.jsonl', 'train.jsonl'],
    ['train.jsonl', 'dev.jsonl', 'test.jsonl', []],
  ],
  [
    ['extra.jsonl', 'train_test.jsonl'],
    ['train_test.jsonl', undefined, undefined, ['extra.jsonl']],
  ],
  // "latest", "evaluate", "devices" only contain the words.
  [
    ['latest.jsonl', 'devices.jsonl'],
    ['latest.jsonl', undefined, undefined, ['devices.jsonl']],
  ],
  [
    ['valid.jsonl', 'test.jsonl'],
    ['valid.jsonl', undefined, 'test.jsonl', []],
  ],
  [[], [undefined, undefined, undefined, []]],
])('%j', (names, expected) => {
  expect(sort(...names)).toEqual(expected);
});

test('says what became of several files, and nothing for one', () => {
  const files = ['a.jsonl', 'a.test.jsonl', 'b.jsonl'].map((name) => ({ name }));
  expect(sortedSentence(sortFiles(files))).toBe(
    'a.jsonl is the data; a.test.jsonl is held out for test; b.jsonl was not opened: one data set at a time.',
  );
  expect(sortedSentence(sortFiles(files.slice(0, 1)))).toBe('');
});
