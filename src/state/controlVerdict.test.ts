import { expect, test } from 'vitest';
import { controlVerdict } from './controlVerdict';
import type { EvalPoint } from './runSeries';

const evals = (...losses: number[]): EvalPoint[] =>
  losses.map((loss, at) => ({ step: 10 * at, loss, perplexity: Math.exp(loss), tokenAccuracy: 0 }));

test('a real run that beats the control run learned from its labels; one that does not is told so', () => {
  expect(controlVerdict(evals(4, 3, 3.2), evals(4, 1, 1.5))).toBe(
    'With shuffled labels validation went from 4.000 to 3.200 (at best 3.000); with the real ones from 4.000 to 1.000. What the run has learned beyond that, it has learned from your labels.',
  );
  expect(controlVerdict(evals(4, 3), evals(4, 3.1))).toContain('no better: nothing shows that the run learned');
  // Before its first step the real run had learned nothing.
  expect(controlVerdict(evals(4, 3), evals(2, 3.1))).toContain('no better');
});

test('a control run by itself', () => {
  expect(controlVerdict(evals(4, 3), [])).toContain('how often each token occurs');
  expect(controlVerdict(evals(4, 4.1), [])).toContain('there was nothing to learn');
  expect(controlVerdict(evals(4), [])).toBeNull();
  expect(controlVerdict([], evals(4, 1))).toBeNull();
});
