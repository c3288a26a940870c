import { expect, test, vi } from 'vitest';
import { Breather, type RestTimer } from './breather';

/** A clock that stands still unless work is done or slept; every sleep lasts `late` ms longer than asked for. */
class TestTimer implements RestTimer {
  time = 1000;
  readonly asked: number[] = [];

  constructor(readonly late = 0) {}

  now = (): number => this.time;
  sleep = (ms: number): Promise<void> => {
    this.asked.push(ms);
    this.time += ms + this.late;
    return Promise.resolve();
  };
  work(ms: number): void {
    this.time += ms;
  }
}

test('full: no rest, the device is not waited for; polite: as long as the work before it, after that is done', async () => {
  let settled = 0;
  const timer = new TestTimer();
  const breather = new Breather(() => Promise.resolve(settled++), timer);
  timer.work(30);
  await breather.breathe();
  expect([settled, timer.asked]).toEqual([0, []]);
  breather.pace = 'polite';
  for (const ms of [20, 400, 1500]) {
    timer.work(ms);
    await breather.breathe();
  }
  expect([settled, timer.asked]).toEqual([3, [20, 400, 1500]]);
  breather.pace = 'full';
  await breather.breathe();
  expect(settled).toBe(3);
});

test('what the device takes to finish counts as work', async () => {
  const timer = new TestTimer();
  const breather = new Breather(() => Promise.resolve(timer.work(70)), timer);
  breather.pace = 'polite';
  timer.work(10);
  await breather.breathe();
  expect(timer.asked).toEqual([80]);
});

test('timers that are a second late, as in a hidden tab: half of the time is worked all the same', async () => {
  const timer = new TestTimer(1000);
  const breather = new Breather(() => Promise.resolve(), timer);
  breather.pace = 'polite';
  const begun = timer.time;
  for (let step = 0; step < 100; step++) {
    timer.work(50);
    await breather.breathe();
  }
  const worked = 100 * 50;
  expect(timer.time - begun).toBeGreaterThanOrEqual(2 * worked);
  expect(timer.time - begun).toBeLessThanOrEqual(2 * worked + 1050);
});

test('a pause is not rested for in full, and sleep of the machine gives no right to work on and on', async () => {
  const timer = new TestTimer();
  const breather = new Breather(() => Promise.resolve(), timer);
  breather.pace = 'polite';
  timer.work(600_000);
  await breather.breathe();
  expect(timer.asked).toEqual([2000]);
  const asleep = new TestTimer(3_600_000);
  const other = new Breather(() => Promise.resolve(), asleep);
  other.pace = 'polite';
  for (let step = 0; step < 9; step++) {
    asleep.work(500);
    await other.breathe();
  }
  // The second rest comes after four steps for the 2 s at most that are made up for.
  expect(asleep.asked).toHaveLength(2);
});

test('a rest ends when full speed is wanted', async () => {
  const timer = new TestTimer();
  timer.sleep = () => new Promise(() => undefined);
  const breather = new Breather(() => Promise.resolve(), timer);
  breather.pace = 'polite';
  timer.work(100);
  const rest = breather.breathe();
  await Promise.resolve();
  breather.pace = 'full';
  await rest;
  expect(breather.pace).toBe('full');
});

test('by the machine’s own clock', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  try {
    const breather = new Breather(() => Promise.resolve());
    breather.pace = 'polite';
    await vi.advanceTimersByTimeAsync(50);
    let rested = false;
    void breather.breathe().then(() => (rested = true));
    await vi.advanceTimersByTimeAsync(49);
    expect(rested).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(rested).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
