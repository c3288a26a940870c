import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitRows } from './split';

const options = { shuffle: true, take: null, validation: 0.1, test: 0 };

describe('the split', () => {
  it('holds out shares and counts, without overlap, for any settings', () => {
    const share = fc.oneof(
      fc.constantFrom(0, 0.1, 0.25, 0.999),
      fc.integer({ min: 1, max: 60 }),
      fc.constant('file.jsonl'),
    );
    fc.assert(
      fc.property(
        fc.nat(80),
        share,
        share,
        fc.option(fc.integer({ min: 1, max: 100 })),
        fc.boolean(),
        fc.nat(),
        (count, validation, test, take, shuffle, seed) => {
          const split = splitRows(count, { validation, test, take, shuffle }, seed);
          const all = [...split.train, ...split.validation, ...split.test];
          expect(new Set(all).size).toBe(all.length);
          expect(all).toHaveLength(Math.min(count, take ?? count));
          expect(all.every((row) => row < count)).toBe(true);
          if (count > 0) expect(split.train.length).toBeGreaterThan(0);
          for (const rows of [split.train, split.validation, split.test])
            expect([...rows]).toEqual([...rows].sort((one, other) => one - other));
        },
      ),
    );
  });

  it('is decided by the seed when shuffling, and by place without', () => {
    const seeded = splitRows(100, options, 7);
    expect(splitRows(100, options, 7)).toEqual(seeded);
    expect(splitRows(100, options, 8).validation).not.toEqual(seeded.validation);
    expect(seeded.validation).toHaveLength(10);
    const plain = splitRows(10, { shuffle: false, take: 8, validation: 2, test: 1 }, 7);
    expect(plain).toEqual({
      train: Uint32Array.of(0, 1, 2, 3, 4),
      validation: Uint32Array.of(5, 6),
      test: Uint32Array.of(7),
    });
  });

  it('refuses a number of rows that is no whole number', () => {
    expect(() => splitRows(10, { ...options, validation: 1.5 }, 1)).toThrow(/dataset.validation/);
  });
});
