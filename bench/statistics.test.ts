import { describe, expect, test } from 'vitest';
import { fitLine, fitPower, median } from './statistics';

describe('statistics of the benchmark', () => {
  test('median of odd, even and no values', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test('a line is found as it was made', () => {
    const { base, slope, fit } = fitLine([1, 2, 5], [5, 7, 13]);
    expect([base, slope, fit].map((value) => Number(value.toFixed(9)))).toEqual([3, 2, 1]);
  });

  test('a power law is found as it was made', () => {
    const x = [1, 2, 4, 8];
    const { exponent, factor, fit } = fitPower(
      x,
      x.map((value) => 3 * value ** 1.5),
    );
    expect([exponent, factor, fit].map((value) => Number(value.toFixed(9)))).toEqual([1.5, 3, 1]);
  });

  test('points off the line lower the fit', () => {
    expect(fitLine([0, 1, 2, 3], [0, 2, 1, 3]).fit).toBeCloseTo(0.64, 9);
  });
});
