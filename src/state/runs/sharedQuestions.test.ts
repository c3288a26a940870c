import { expect, test } from 'vitest';
import { sharedQuestions } from './sharedQuestions';

const asked = (prompt: string, ...texts: string[]) => ({
  prompt,
  expected: 'yes',
  answers: texts.map((text, index) => ({ step: index + 1, text })),
});

test('the last answers to the questions that at least two runs answered', () => {
  expect(
    sharedQuestions([[asked('one?', 'no', 'yes'), asked('two?', 'no')], [asked('one?', 'maybe')], [asked('two?')]]),
  ).toEqual([
    { prompt: 'one?', expected: 'yes', answers: [{ step: 2, text: 'yes' }, { step: 1, text: 'maybe' }, null] },
  ]);
  expect(sharedQuestions([])).toEqual([]);
});
