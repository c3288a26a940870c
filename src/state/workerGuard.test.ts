import { expect, test } from 'vitest';
import { crashed, guarded } from './workerGuard';

const remote = {
  answer: (value: number) => Promise.resolve(value),
  refuse: () => Promise.reject(new Error('no')),
  never: () => new Promise<number>(() => undefined),
};

test('answers and refusals pass', async () => {
  const { api } = guarded(remote);
  expect(await api.answer(3)).toBe(3);
  await expect(api.refuse()).rejects.toThrow('no');
});

test('a death rejects what is pending and every later call, once', async () => {
  const guard = guarded(remote);
  const pending = guard.api.never();
  const reason = crashed('compute', 'the browser ended it');
  expect(guard.end(reason)).toBe(true);
  expect(guard.end(crashed('compute', 'again'))).toBe(false);
  await expect(pending).rejects.toBe(reason);
  await expect(guard.api.answer(1)).rejects.toMatchObject({ code: 'worker/crashed' });
});
