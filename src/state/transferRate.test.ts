import { expect, test } from 'vitest';
import { RateMeter } from './transferRate';

test('bytes that were there before are not counted; the last seconds decide', () => {
  let seconds = 0;
  const meter = new RateMeter(() => seconds);
  expect(meter.at(600, 1000)).toEqual({ rate: null, secondsLeft: null });
  seconds = 1;
  expect(meter.at(610, 1000)).toEqual({ rate: 10, secondsLeft: 39 });
  for (seconds = 2; seconds <= 12; seconds++) meter.at(610 + (seconds - 1) * 20, 1000);
  seconds = 13;
  expect(meter.at(850, 1000)).toEqual({ rate: 20, secondsLeft: 7.5 });
});

test('a transfer that stands still has a rate of 0 and no time left to tell', () => {
  let seconds = 0;
  const meter = new RateMeter(() => seconds);
  for (; seconds < 20; seconds++) meter.at(5, 10);
  expect(meter.at(5, 10)).toEqual({ rate: 0, secondsLeft: null });
  expect(meter.at(5, 0).secondsLeft).toBeNull();
});
