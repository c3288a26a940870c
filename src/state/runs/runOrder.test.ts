import { expect, test } from 'vitest';
import { keptRun } from '../testing/keptRun';
import type { RunFigures } from './runFigures';
import { allTags, foundRuns, orderedRuns } from './runOrder';

const one = keptRun({ id: 'one', createdAt: 1, bytes: 5, label: { name: 'High rate', tags: ['try'], note: '' } });
const two = keptRun({ id: 'two', createdAt: 2, bytes: 9, label: { name: 'Low', tags: ['keep', 'try'], note: 'best' } });
const three = keptRun({ id: 'three', createdAt: 3, bytes: 1, configHash: 'fedc'.repeat(16), dataName: 'poems.csv' });
const runs = [three, two, one];
const ids = (found: { record: { id: string } }[]): string[] => found.map(({ record }) => record.id);

test('finds runs by every word, in name, hash, data, note and tags, and by tag', () => {
  expect(ids(foundRuns(runs, '', null))).toEqual(['three', 'two', 'one']);
  expect(ids(foundRuns(runs, 'RATE high', null))).toEqual(['one']);
  expect(ids(foundRuns(runs, 'poems', null))).toEqual(['three']);
  expect(ids(foundRuns(runs, 'fedcfedc', null))).toEqual(['three']);
  expect(ids(foundRuns(runs, 'best', null))).toEqual(['two']);
  expect(ids(foundRuns(runs, '', 'try'))).toEqual(['two', 'one']);
  expect(foundRuns(runs, 'poems', 'try')).toEqual([]);
});

test('orders by time, validation loss, size and name', () => {
  const at = (loss: number): RunFigures => ({
    trainingLoss: 1,
    best: { step: 1, loss, perplexity: 1, tokenAccuracy: 1 },
    firstLoss: null,
    tokens: 1,
    tokensPerSecond: 1,
  });
  const figures = new Map([
    ['one', at(0.1)],
    ['two', at(0.2)],
  ]);
  expect(ids(orderedRuns([one, three, two], 'newest', figures))).toEqual(['three', 'two', 'one']);
  expect(ids(orderedRuns(runs, 'loss', figures))).toEqual(['one', 'two', 'three']);
  expect(ids(orderedRuns(runs, 'loss', new Map()))).toEqual(['three', 'two', 'one']);
  expect(ids(orderedRuns(runs, 'size', figures))).toEqual(['two', 'one', 'three']);
  expect(ids(orderedRuns(runs, 'name', figures))).toEqual(['three', 'one', 'two']);
});

test('all tags once', () => {
  expect(allTags(runs)).toEqual(['keep', 'try']);
});
