import { expect, test } from 'vitest';
import { TunesmithError } from '../../lib/errors';
import { Patience, retryAfterMs, systemClock, Transient, withPatience } from './retry';
import { fakeClock } from './testing/hubFixture';

const error = new TunesmithError('model/download', 'x: failed');

test('waits double each time up to half a minute, by a random half to one and a half', async () => {
  const clock = fakeClock();
  const patience = new Patience(clock, undefined, 10);
  for (let at = 0; at < 9; at++) await patience.wait(new Transient(error));
  expect(clock.slept).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  await expect(patience.wait(new Transient(error))).rejects.toBe(error);
  const random = [0, 0.999];
  const jittered = { ...fakeClock(), slept: [] as number[], random: () => random.shift() ?? 0 };
  jittered.sleep = (ms) => Promise.resolve(void jittered.slept.push(ms));
  await new Patience(jittered).wait(new Transient(error));
  await new Patience(jittered).wait(new Transient(error));
  expect(jittered.slept).toEqual([250, 500 * 1.499]);
});

test('progress begins the count anew; what does not pass by itself is thrown at once', async () => {
  const clock = fakeClock();
  const patience = new Patience(clock, undefined, 2);
  for (let at = 0; at < 5; at++) {
    await patience.wait(new Transient(error));
    patience.progressed();
  }
  expect(clock.slept).toEqual([500, 500, 500, 500, 500]);
  const other = new TunesmithError('model/gated', 'x');
  await expect(withPatience(patience, () => Promise.reject(other))).rejects.toBe(other);
});

test('what a server asks to wait', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const of = (headers: Record<string, string>): number | null => retryAfterMs(new Headers(headers), now);
  expect(of({ 'retry-after': '7' })).toBe(7000);
  expect(of({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' })).toBe(60_000);
  expect(of({ 'retry-after': 'Thu, 01 Jan 2015 00:01:00 GMT' })).toBe(0);
  expect(of({ 'retry-after': 'soon' })).toBeNull();
  expect(of({ ratelimit: '"api";r=0;t=12' })).toBe(12_000);
  expect(of({ ratelimit: '"api";r=3;t=12' })).toBeNull();
  expect(of({})).toBeNull();
});

test('sleeping ends when it is cancelled', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort();
  await expect(sleeping).rejects.toMatchObject({ code: 'model/cancelled' });
  await expect(systemClock.sleep(60_000, stop.signal)).rejects.toMatchObject({ code: 'model/cancelled' });
  await systemClock.sleep(1);
});
