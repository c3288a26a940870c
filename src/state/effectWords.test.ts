import { expect, test } from 'vitest';
import type { MaskEffect } from '../protocol/dataApi';
import { effectWords, errorPlace } from './effectWords';

const effect = (change: Partial<MaskEffect>): MaskEffect => ({
  rows: 200,
  changedRows: 0,
  changed: [],
  tokensBefore: 10_000,
  tokensAfter: 10_000,
  trainedBefore: 4_000,
  trainedAfter: 4_000,
  stopTrainedBefore: 200,
  stopTrainedAfter: 200,
  failedRows: 0,
  failure: null,
  gainedRows: 0,
  ...change,
});
const texts = (change: Partial<MaskEffect>): string[] => effectWords(effect(change)).map(({ text }) => text);

test('two more trained tokens a row, and a stop token lost', () => {
  expect(texts({ changedRows: 200, trainedAfter: 4_400, tokensAfter: 10_400, stopTrainedAfter: 20 })).toEqual([
    '+2 tokens trained per row',
    '+2 tokens per row',
    'stop token no longer trained in 180 of 200 rows',
  ]);
});

test('fewer, one, and a fraction of a token', () => {
  expect(texts({ changedRows: 200, trainedAfter: 3_800 })).toEqual(['−1 token trained per row']);
  expect(texts({ changedRows: 30, trainedAfter: 3_850 })).toEqual(['−0.8 tokens trained per row']);
  expect(texts({ changedRows: 1, trainedAfter: 4_001 })).toEqual(['+0.005 tokens trained per row']);
});

test('no change is said, and so is a change that keeps every count', () => {
  expect(texts({})).toEqual(['the same tokens, trained the same, in 200 rows']);
  expect(texts({ changedRows: 12 })).toEqual(['other tokens in 12 of 200 rows, as many of them trained']);
});

test('rows that fail are errors with their reason; nothing left to train is one too', () => {
  const failure = { code: 'template/refused', message: 'chat template: roles must alternate' };
  expect(effectWords(effect({ failedRows: 3, failure, changedRows: 3 })).at(-1)).toEqual({
    text: '3 rows fail: chat template: roles must alternate',
    tone: 'error',
  });
  expect(effectWords(effect({ changedRows: 200, trainedAfter: 0, stopTrainedAfter: 0 }))).toContainEqual({
    text: 'nothing left to train',
    tone: 'error',
  });
  expect(texts({ failedRows: 200, failure, tokensAfter: 0, trainedAfter: 0, stopTrainedAfter: 0 })).toEqual([
    '200 rows fail: chat template: roles must alternate',
  ]);
});

test('rows that fail are not in the averages of the others', () => {
  const failure = { code: 'template/refused', message: 'no' };
  expect(texts({ failedRows: 100, failure, changedRows: 200, trainedAfter: 4_100, tokensAfter: 10_100 })).toEqual([
    '+1 token trained per row',
    '+1 token per row',
    '100 rows fail: no',
  ]);
});

test('rows that come into use are said first, also where no row could be used', () => {
  const [first] = texts({ gainedRows: 3 });
  expect(first).toBe('3 rows that can’t be trained on now can be with it');
  expect(texts({ rows: 0, gainedRows: 1 })).toEqual(['1 row that can’t be trained on now can be with it']);
});

test('no rows, no division by zero', () => {
  expect(texts({ rows: 0 })).toEqual(['No usable row to try it on']);
});

test('a place is taken only where it is one', () => {
  expect(errorPlace({ line: 3, column: 9 })).toEqual({ line: 3, column: 9 });
  expect(errorPlace({ line: 3 })).toEqual({ line: 3, column: 1 });
  expect(errorPlace({ line: 'x' })).toBeNull();
  expect(errorPlace(undefined)).toBeNull();
});
