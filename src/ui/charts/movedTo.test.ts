import { expect, test } from 'vitest';
import { movedTo } from './movedTo';

test('arrows walk by one, with Page by ten, Home and End to the ends; nothing leads beyond them', () => {
  const keys = ['ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End', 'a'];
  expect(keys.map((key) => movedTo(key, 15, 40))).toEqual([14, 16, 5, 25, 0, 39, null]);
  expect(keys.map((key) => movedTo(key, null, 40))).toEqual([39, 39, 30, 39, 0, 39, null]);
  expect(movedTo('ArrowLeft', 0, 40)).toBe(0);
  expect(movedTo('Home', null, 0)).toBeNull();
});
