import { expect, test } from 'vitest';
import { HiddenPace } from './hiddenPace';

const measured = (shown: number[], hidden: number[]): HiddenPace => {
  const pace = new HiddenPace();
  for (const ms of shown) pace.add(ms, 10, false);
  for (const ms of hidden) pace.add(ms, 10, true);
  return pace;
};

test('steps that took longer while hidden are said with their factor', () => {
  const pace = measured([100, 90, 110, 900], [250, 240, 260]);
  expect(pace.factor).toBeCloseTo(250 / 110);
  expect(pace.note).toContain('2.3 times as long');
});

test('nothing is said without ground: too few steps, or no slower than steps differ anyway', () => {
  expect(measured([100, 100, 100], [300, 300]).note).toBeNull();
  expect(measured([100, 100, 100], [110, 120, 115]).note).toBeNull();
});
