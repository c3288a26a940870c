import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordDifference } from './wordDifference';

test('names what is extra and what is missing', () => {
  expect(wordDifference('Hesta Moor keeps the tower.', 'Hesta Moor keeps the lighthouse.')).toEqual([
    { kind: 'same', text: 'Hesta Moor keeps the' },
    { kind: 'extra', text: ' tower.' },
    { kind: 'missing', text: ' lighthouse.' },
  ]);
  expect(wordDifference(' a b', 'a  b ')?.map(({ kind }) => kind)).toEqual(['same']);
  expect(wordDifference('', 'a')).toEqual([{ kind: 'missing', text: 'a' }]);
});

test('both texts can be read from the parts, and texts too long are left alone', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(text, text, (answer, expected) => {
      const parts = wordDifference(answer, expected) ?? [];
      const words = (kinds: string[]): string[] =>
        parts.filter(({ kind }) => kinds.includes(kind)).flatMap(({ text }) => text.split(/\s+/).filter(Boolean));
      expect(words(['same', 'extra'])).toEqual(answer.split(' ').filter(Boolean));
      expect(words(['same', 'missing'])).toEqual(expected.split(' ').filter(Boolean));
    }),
  );
  expect(wordDifference('a '.repeat(500), 'a')).toBeNull();
});
