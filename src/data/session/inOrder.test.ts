import { expect, it } from 'vitest';
import { InOrder } from './inOrder';

it('hands results on in order, with at most `lanes` waiting', async () => {
  const results: number[] = [];
  let running = 0;
  let most = 0;
  const queue = new InOrder<number>(2, (value) => results.push(value));
  for (const [value, ms] of [30, 1, 20, 1, 5].entries()) {
    running++;
    await queue.add(
      new Promise((resolve) =>
        setTimeout(() => {
          running--;
          resolve(value);
        }, ms),
      ),
    );
    most = Math.max(most, running);
  }
  await queue.end();
  expect(results).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBeLessThanOrEqual(3);
});

it('a failure reaches the one who waits', async () => {
  const queue = new InOrder<number>(1, () => undefined);
  await queue.add(Promise.reject(new Error('no')));
  await expect(queue.end()).rejects.toThrow('no');
});
