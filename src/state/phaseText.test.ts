import { expect, test } from 'vitest';
import { phaseText } from './phaseText';

const at = { done: 30, total: 56, perSecond: 45.2, secondsLeft: 0.6 };

test('a phase says how far, how fast and how long still; unknown things are not said', () => {
  expect(phaseText({ phase: 'evaluate', ...at })).toBe('Evaluating: 30 of 56 rows, 45 a second, 1 s left');
  expect(phaseText({ phase: 'sample', ...at, perSecond: null, secondsLeft: null })).toBe(
    'Answering samples: 30 of 56 answers',
  );
  expect(phaseText({ phase: 'load', done: 1e6, total: 8e6, perSecond: 2e6, secondsLeft: 3.5 })).toBe(
    'Loading the model: 1.0 MB of 8.0 MB, 2.0 MB/s, 4 s left',
  );
  expect(phaseText({ phase: 'compile', done: 12, total: 37, perSecond: 9.26, secondsLeft: 2.7 })).toBe(
    'Compiling: 12 of 37 shaders, 9.3 a second, 3 s left',
  );
  expect(phaseText({ phase: 'train', ...at })).toBe('Training: 30 of 56 steps');
  expect(phaseText({ phase: 'save', done: 0, total: 1, perSecond: null, secondsLeft: null })).toBe(
    'Saving a checkpoint',
  );
});
