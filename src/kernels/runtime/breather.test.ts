import { expect, test } from 'vitest';
import { Breather } from './breather';

const busy = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

test('full: no rest, the device is not waited for; polite: at least as long as the work before it, after that is done', async () => {
  let settled = 0;
  const breather = new Breather(() => Promise.resolve(settled++));
  busy(30);
  await breather.breathe();
  expect(settled).toBe(0);
  breather.pace = 'polite';
  for (const work of [20, 40]) {
    busy(work);
    const begun = performance.now();
    await breather.breathe();
    // A timer may be a millisecond early.
    expect(performance.now() - begun).toBeGreaterThan(work - 2);
  }
  expect(settled).toBe(2);
  breather.pace = 'full';
  await breather.breathe();
  expect(settled).toBe(2);
});
