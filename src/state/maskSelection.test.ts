import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentParts, partEdits, pickedContents, rangeOf, textRange, turnEdit, wordRange } from './maskSelection';

// <s>user⏎ Red fo|x runs ⏎ <e>: "fox" is two tokens, the emoji two byte tokens that share its offsets.
const pieces = ['<s>', 'user\n', 'Red', ' fo', 'x', ' runs', '!', ' 🦊', '', '<e>', '\n'];
const text = pieces.join('');
const offsets: number[] = [];
let at = 0;
for (const piece of pieces) {
  if (piece === '') offsets.push(at - 2, at);
  else offsets.push(at, at + piece.length);
  at += piece.length;
}
const head = '<s>user\n'.length;
const content = 'Red fox runs! 🦊';
const contents = [{ message: 0, start: head, end: head + content.length, contentStart: 0 }];
const row = { text, offsets, contents };

test('a word is all its tokens, with the white space that its first token carries', () => {
  expect(wordRange(row, 3, false)).toEqual({ first: 3, last: 4 });
  expect(wordRange(row, 4, false)).toEqual({ first: 3, last: 4 });
  expect(wordRange(row, 2, false)).toEqual({ first: 2, last: 2 });
});

test('punctuation, special tokens and white space are no words: the token alone', () => {
  expect(wordRange(row, 6, false)).toEqual({ first: 6, last: 6 });
  expect(wordRange(row, 0, true)).toEqual({ first: 0, last: 0 });
  expect(wordRange(row, 10, false)).toEqual({ first: 10, last: 10 });
});

test('a word at the edge of the searched stretch is found in a long text', () => {
  const words = Array.from({ length: 2000 }, (_, index) => ` w${index}`);
  let end = 0;
  const placed = words.flatMap((word) => [end, (end += word.length)]);
  expect(wordRange({ text: words.join(''), offsets: placed }, 1000, false)).toEqual({ first: 1000, last: 1000 });
});

test('picked tokens become offsets into the content', () => {
  const { parts, hasTemplateText } = pickedContents(row, { first: 3, last: 4 });
  expect(parts).toEqual([{ message: 0, start: 3, end: 7 }]);
  expect(content.slice(3, 7)).toBe(' fox');
  expect(hasTemplateText).toBe(false);
});

test('the template’s own tokens are left out, and said so', () => {
  expect(pickedContents(row, { first: 0, last: 1 })).toEqual({ parts: [], hasTemplateText: true });
  const { parts, hasTemplateText } = pickedContents(row, { first: 8, last: 10 });
  expect(parts).toEqual([{ message: 0, start: content.length - 2, end: content.length }]);
  expect(hasTemplateText).toBe(true);
});

test('a content that was cut at its front keeps its own numbering', () => {
  expect(contentParts({ start: 0, end: 5 }, [{ message: 2, start: 0, end: 10, contentStart: 40 }])).toEqual([
    { message: 2, start: 40, end: 45 },
  ]);
});

test('a selection over two turns is one part per turn; places that touch are one', () => {
  const places = [
    { message: 1, start: 20, end: 30, contentStart: 0 },
    { message: 0, start: 0, end: 5, contentStart: 0 },
    { message: 0, start: 5, end: 10, contentStart: 5 },
  ];
  expect(contentParts({ start: 2, end: 25 }, places)).toEqual([
    { message: 0, start: 2, end: 10 },
    { message: 1, start: 0, end: 5 },
  ]);
});

test('parts always lie inside their contents and show the same text', () => {
  fc.assert(
    fc.property(fc.nat(pieces.length - 1), fc.nat(pieces.length - 1), (a, b) => {
      const range = rangeOf(a, b);
      const { start, end } = textRange(row, range);
      for (const part of pickedContents(row, range).parts) {
        expect(part.start).toBeGreaterThanOrEqual(0);
        expect(part.end).toBeLessThanOrEqual(content.length);
        expect(text.slice(start, end)).toContain(content.slice(part.start, part.end));
      }
    }),
  );
});

test('edits name the row, the message and the part', () => {
  expect(partEdits(7, [{ message: 1, start: 3, end: 7 }], 0)).toEqual([
    { kind: 'weight', row: 7, message: 1, start: 3, end: 7, weight: 0 },
  ]);
  expect(turnEdit(7, 2, 1)).toEqual({ kind: 'weight', row: 7, message: 2, start: null, end: null, weight: 1 });
});
