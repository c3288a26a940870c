import { expect, test } from 'vitest';
import type { RunEvent, RunEventBody } from '../protocol/run';
import { RunSeries } from './runSeries';

let seq = 0;
const event = (body: RunEventBody): RunEvent => ({ ...body, runId: 'r', seq: seq++ });
const step = (number: number, loss: number, ms = 100): RunEvent =>
  event({
    event: 'step',
    step: number,
    epoch: 0,
    loss,
    grad_norm: 1,
    learning_rate: 1e-3,
    supervised_tokens: 10,
    tokens: 50,
    ms,
  });
const start = (steps: number): RunEvent =>
  event({
    event: 'start',
    backend: 'wasm',
    adapter: 'x',
    trainable_parameters: 9,
    rows: 4,
    steps,
    recipe_hash: '',
    data_hash: '',
  });

test('the smoothed loss of a constant is that constant from the first step on', () => {
  const series = new RunSeries();
  for (let n = 1; n <= 5; n++) series.add(step(n, 2));
  for (const value of series.smoothed) expect(value).toBeCloseTo(2, 12);
});

test('smoothing lags behind a jump by its share', () => {
  const series = new RunSeries(0.5);
  series.add(step(1, 0));
  series.add(step(2, 1));
  // Average 0.5·0 + 0.5·1 over weight 0.75.
  expect(series.smoothed[1]).toBeCloseTo(0.5 / 0.75, 12);
});

test('speed and time left come from the last steps', () => {
  const series = new RunSeries();
  expect(series.secondsLeft).toBeNull();
  series.add(start(100));
  for (let n = 1; n <= 30; n++) series.add(step(n, 1, n <= 10 ? 1000 : 100));
  expect(series.tokensPerSecond).toBeCloseTo(500, 6);
  expect(series.secondsLeft).toBeCloseTo(7, 6);
});

test('an event that was seen before is ignored', () => {
  const series = new RunSeries();
  const once = step(1, 1);
  series.add(once);
  series.add(once);
  expect(series.steps).toEqual([1]);
});

test('answers to one prompt gather under it', () => {
  const series = new RunSeries();
  const answer = (at: number, prompt: string, generated: string): RunEvent =>
    event({
      event: 'sample',
      step: at,
      row: 0,
      prompt,
      expected: 'e',
      generated,
      pick: 'asked',
      base: null,
      loss: null,
    });
  series.add(answer(0, 'a', 'x'));
  series.add(answer(0, 'b', 'y'));
  const before = series.samples[0];
  series.add(answer(5, 'a', 'z'));
  expect(series.samples.map((sample) => sample.answers.map((one) => one.text))).toEqual([['x', 'z'], ['y']]);
  expect(series.samples[0]).not.toBe(before);
});
