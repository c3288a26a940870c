import { expect, test } from 'vitest';
import { bytes, duration, parameters, percent, plural, rateText } from './format';

test('numbers have units and grouped digits', () => {
  expect(bytes(999)).toBe('999 B');
  expect(bytes(8_400_000)).toBe('8.4 MB');
  expect(duration(65)).toBe('1:05');
  expect(duration(3725)).toBe('1:02:05');
  expect(parameters(4_200_000)).toBe('4.2 M');
  expect(percent(1, 300)).toBe('0.3 %');
  expect(percent(1, 0)).toBe('0 %');
  expect(plural(1, 'row')).toBe('1 row');
  expect(plural(1200, 'row')).toBe('1,200 rows');
  expect(rateText(0.003)).toBe('3e-3');
  expect(rateText(0.5)).toBe('0.5');
});
