import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workMs } from '../lib/testing/stopwatch';
import { lengthBins, LengthFigures, lengthScale, lengthTicks } from './lengthFigures';

const lengths = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 200 })
  .map((rows) => ({
    whole: Int32Array.from(rows.map(([whole]) => whole)),
    needed: Int32Array.from(rows.map(([whole, share]) => Math.ceil(whole * share))),
  }));

test('fits and cut count what a plain loop counts, at every length', () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 0, max: 6000 }), (rows, maxLength) => {
      const figures = new LengthFigures(rows);
      expect(figures.fits(maxLength)).toBe(rows.whole.filter((length) => length <= maxLength).length);
      expect(figures.cut(maxLength)).toBe(rows.needed.filter((length) => length > maxLength).length);
    }),
  );
});

test('every row is in exactly one bar, whatever the axis', () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 20_000 }), (rows, maxLength) => {
      const figures = new LengthFigures(rows);
      const scale = lengthScale(figures, maxLength);
      const bins = lengthBins(figures, scale);
      expect(bins.reduce((total, bin) => total + bin.rows, 0)).toBe(rows.whole.length);
      for (const [index, bin] of bins.entries()) if (index > 0) expect(bin.from).toBe((bins[index - 1]?.to ?? 0) + 1);
      expect(lengthTicks(scale).length).toBeLessThanOrEqual(8);
    }),
  );
});

test('a length on the axis comes back as itself', () => {
  for (const spread of [
    [10, 90],
    [3, 9000],
  ]) {
    const figures = new LengthFigures({ whole: Int32Array.from(spread), needed: Int32Array.from(spread) });
    const scale = lengthScale(figures, 64);
    for (let tokens = scale.min + 1; tokens <= scale.max; tokens += 7)
      expect(scale.tokens(scale.position(tokens))).toBe(tokens);
  }
});

test('the length for a share of cut answers is the smallest that keeps to it', () => {
  const needed = Int32Array.from({ length: 100 }, (_, index) => index + 1);
  const figures = new LengthFigures({ whole: needed, needed });
  expect(figures.lengthFor(0)).toBe(100);
  expect(figures.lengthFor(0.05)).toBe(95);
});

test('rows that do not fit are cut, or lose their earlier turns', () => {
  const figures = new LengthFigures({ whole: Int32Array.of(10, 30, 30, 40), needed: Int32Array.of(10, 12, 30, 35) });
  const at = (length: number): number[] => [figures.fits(length), figures.shortened(length), figures.cut(length)];
  expect(at(40)).toEqual([4, 0, 0]);
  expect(at(36)).toEqual([3, 1, 0]);
  expect(at(20)).toEqual([1, 1, 2]);
});

test('a million rows are made ready in less than 400 ms, once', () => {
  const whole = Int32Array.from({ length: 1_000_000 }, (_, index) => (index * 7919) % 3000);
  const took = workMs(() => {
    const figures = new LengthFigures({ whole, needed: whole });
    expect(figures.fits(2999)).toBe(1_000_000);
  });
  expect(took).toBeLessThan(400);
});
