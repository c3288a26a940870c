import { expect, test } from 'vitest';
import type { SamplePrompt } from '../../protocol/training';
import { chooseSamples } from './followedSamples';

const prompt = (row: number): SamplePrompt => ({ row, prompt: '', promptIds: [], expected: '' });
const pool = [4, 5, 6, 7, 8, 9].map(prompt);
const losses = new Map([
  [4, 2],
  [5, 1],
  [6, 3],
  [7, 1],
  [8, 3],
]);
const choose = (size: number, asked = [prompt(-1)], seed = 1) =>
  chooseSamples(asked, pool, losses, size, seed).map(({ prompt: { row }, pick, loss }) => [row, pick, loss]);

test('asked first, then best, worst, and random rows; ties go to the first', () => {
  expect(choose(0)).toEqual([]);
  expect(choose(1)).toEqual([[-1, 'asked', null]]);
  expect(choose(3)).toEqual([
    [-1, 'asked', null],
    [5, 'best', 1],
    [6, 'worst', 3],
  ]);
  const all = choose(99, []);
  expect(all.slice(0, 2).map(([row]) => row)).toEqual([5, 6]);
  expect(all.slice(2).every(([, pick]) => pick === 'random')).toBe(true);
  expect(all.map(([row]) => row).sort()).toEqual([4, 5, 6, 7, 8, 9]);
  // A row without a supervised token has no loss.
  expect(all.find(([row]) => row === 9)).toEqual([9, 'random', null]);
});

test('a seed decides the random ones: the same again, another otherwise, a longer list begins with the shorter', () => {
  expect(choose(5)).toEqual(choose(5));
  expect(choose(6).slice(0, 5)).toEqual(choose(5));
  const seeds = [...Array(20).keys()].map((seed) => choose(4, undefined, seed).at(-1)?.[0]);
  expect(new Set(seeds)).toEqual(new Set([4, 7, 8, 9]));
});

test('without evaluation all of the pool is random; one row is the best and not the worst too', () => {
  expect(chooseSamples([], pool, null, 3, 1).map(({ pick, loss }) => [pick, loss])).toEqual(
    Array(3).fill(['random', null]),
  );
  expect(chooseSamples([], [prompt(4)], losses, 3, 1).map(({ pick }) => pick)).toEqual(['best']);
});
