import { expect, test } from 'vitest';
import { bytes, duration, lossText, parameters, percent, plural, rateText } from './format';

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

test('what is rounded up to the next unit or power is written in that', () => {
  expect([999_600, 99_960_000, 999_999_999].map(bytes)).toEqual(['1.0 MB', '100 MB', '1.0 GB']);
  expect([999_600, 999_960_000].map(parameters)).toEqual(['1.0 M', '1.0 B']);
  expect([0.00099999, 0.0099999, 2.9999e-4].map(rateText)).toEqual(['1e-3', '0.01', '3e-4']);
});

test('a loss that is not zero is not written as zero, and a huge one can be read', () => {
  expect([0, 0.00032, 0.0005, 0.1234, 9.9996, 54.31, 485_165_195.4, NaN, Infinity].map(lossText)).toEqual([
    '0.000',
    '3.2e-4',
    '0.001',
    '0.123',
    '10.0',
    '54.3',
    '485,165,195',
    '–',
    '–',
  ]);
});

test('a share is 0 % or 100 % only where it is none or all', () => {
  expect([0, 3, 999, 99_700, 99_996, 100_000].map((part) => percent(part, 100_000))).toEqual([
    '0 %',
    '< 0.1 %',
    '1.0 %',
    '99.7 %',
    '99.9 %',
    '100 %',
  ]);
});
