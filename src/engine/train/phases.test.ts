import { expect, test } from 'vitest';
import type { RunEventBody } from '../../protocol/run';
import { phaseReporter } from './phases';

test('first and last at once, others at most ten a second', () => {
  const seen: RunEventBody[] = [];
  let now = 0;
  const report = phaseReporter(
    (event) => seen.push(event),
    () => now,
  );
  for (let done = 0; done <= 100; done++) {
    report('evaluate', done, 100);
    now += 30;
  }
  report('train', 3, 9);
  report('train', 4, 9);
  const done = seen.map((event) => event.event === 'phase' && event.phase === 'evaluate' && event.done);
  expect(done.slice(0, 3)).toEqual([0, 4, 8]);
  expect(done.slice(-3)).toEqual([96, 100, false]);
  expect(seen.at(-1)).toEqual({ event: 'phase', phase: 'train', done: 3, total: 9 });
});
