import { expect, test } from 'vitest';
import { runLabelSchema } from '../../protocol/runSchema';
import { keptRun } from '../testing/keptRun';
import { runFigures } from './runFigures';
import { isFinished, longestNote, parseTags, runName, statusText, tagProblem, whenText } from './runWords';

test('a run is called by its name, else by its configuration', () => {
  expect(runName(keptRun())).toBe('01234567');
  expect(runName(keptRun({ label: { name: 'Mine', tags: [], note: '' } }))).toBe('Mine');
});

test('status in words; running without anybody who runs it is an interruption', () => {
  const at = { steps: 7, totalSteps: 60 };
  const text = (status: Parameters<typeof keptRun>[0], isLive = false): string =>
    statusText(keptRun({ ...at, ...status }).record, isLive);
  expect(text({ status: 'running' }, true)).toBe('training now');
  expect(text({ status: 'running' })).toBe('interrupted at step 7 of 60');
  expect(text({ status: 'stopped' })).toBe('stopped at step 7 of 60');
  expect(text({ status: 'early_stopping' })).toBe('stopped early at step 7 of 60');
  expect(text({ status: 'failed' })).toBe('failed at step 7 of 60');
  expect(text({ status: 'completed', steps: 60 })).toBe('done, 60 of 60 steps');
  expect(isFinished(keptRun({ status: 'stopped' }).record)).toBe(false);
});

test('when, in words', () => {
  const now = new Date(2026, 4, 10, 15, 0).getTime();
  expect(whenText(new Date(2026, 4, 10, 9, 5).getTime(), now)).toBe('today 09:05');
  expect(whenText(new Date(2026, 4, 9, 23, 59).getTime(), now)).toBe('yesterday 23:59');
  expect(whenText(new Date(2026, 0, 2).getTime(), now)).toBe('Jan 2, 2026');
});

test('tags between commas', () => {
  expect(parseTags(' a, b ,,a , c d')).toEqual(['a', 'b', 'c d']);
  expect(parseTags('  ')).toEqual([]);
});

test('tags and notes that storage would refuse are told before', () => {
  const accepted = { name: '', tags: Array<string>(50).fill('x'.repeat(50)), note: 'x'.repeat(longestNote) };
  expect(runLabelSchema.safeParse(accepted).success).toBe(true);
  expect(tagProblem(accepted.tags)).toBeNull();
  const long = ['good', 'y'.repeat(51)];
  expect(runLabelSchema.safeParse({ ...accepted, tags: long }).success).toBe(false);
  expect(tagProblem(long)).toMatch(/at most 50 characters.*got 51/);
  const many = [...accepted.tags, 'z'];
  expect(runLabelSchema.safeParse({ ...accepted, tags: many }).success).toBe(false);
  expect(tagProblem(many)).toMatch(/at most 50 tags.*got 51/);
});

test('end figures: the lowest validation loss, and tokens over the time of the steps', () => {
  const evals = [
    { step: 0, loss: 4, perplexity: 54, tokenAccuracy: 0.1 },
    { step: 2, loss: 1, perplexity: 2.7, tokenAccuracy: 0.8 },
    { step: 3, loss: 2, perplexity: 7.4, tokenAccuracy: 0.7 },
  ];
  const series = { steps: [1, 2, 3], smoothed: [3, 2, 1.5], tokens: [10, 20, 30], milliseconds: [20, 20, 20], evals };
  expect(runFigures(series)).toEqual({
    trainingLoss: 1.5,
    best: evals[1],
    firstLoss: 4,
    tokens: 60,
    tokensPerSecond: 1000,
  });
  // What the model lost before it learned anything is no result of the run.
  const worse = evals.map((point) => ({ ...point, loss: point.loss + (point.step === 0 ? 0 : 9) }));
  expect(runFigures({ ...series, evals: worse })).toMatchObject({ best: { step: 2, loss: 10 }, firstLoss: 4 });
  expect(runFigures({ steps: [], smoothed: [], tokens: [], milliseconds: [], evals: [] })).toEqual({
    trainingLoss: null,
    best: null,
    firstLoss: null,
    tokens: 0,
    tokensPerSecond: null,
  });
});
