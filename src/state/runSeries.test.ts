import { expect, test } from 'vitest';
import type { RunEvent, RunEventBody } from '../protocol/run';
import { defaultRecipe } from '../recipe/schema';
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
  expect([...series.steps]).toEqual([1]);
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

test('a rewind forgets what came after, and the smoothed curve goes on as if it had not happened', () => {
  const losses = [3, 1, 2, 5, 0.5, 0.7];
  const whole = new RunSeries();
  losses.forEach((loss, index) => whole.add(step(index + 1, loss)));
  const series = new RunSeries();
  losses.forEach((loss, index) => series.add(step(index + 1, loss)));
  for (const at of [0, 3, 6]) {
    series.add(event({ event: 'eval', step: at, loss: at, perplexity: 1, token_accuracy: 0.5 }));
    series.add(event({ event: 'memory', step: at, deviceBytes: 10 + at, peakDeviceBytes: 20, reservedBytes: 30 }));
  }
  series.add(event({ event: 'rewind', step: 3 }));
  expect(series.step).toBe(3);
  expect(series.evals.map((point) => point.step)).toEqual([0, 3]);
  expect([...series.memoryBytes]).toEqual([10, 13]);
  losses.slice(3).forEach((loss, index) => series.add(step(index + 4, loss)));
  expect([...series.smoothed]).toEqual([...whole.smoothed]);
  expect([...series.elapsed]).toEqual([...whole.elapsed]);
  expect(series.notes.map(({ kind, step: at }) => [kind, at])).toEqual([['rewind', 3]]);
});

test('the evaluation before the first step is not the best one', () => {
  const series = new RunSeries();
  const evaluation = (at: number, loss: number): RunEvent =>
    event({ event: 'eval', step: at, loss, perplexity: 1, token_accuracy: 0.5 });
  series.add(evaluation(0, 0.1));
  expect(series.best).toBeNull();
  for (const [at, loss] of [
    [5, 2],
    [10, 1],
    [15, 1],
  ] as const)
    series.add(evaluation(at, loss));
  expect(series.best?.step).toBe(10);
});

test('time left counts evaluations and samples that are still to come, as long as they took', () => {
  const series = new RunSeries();
  const recipe = defaultRecipe();
  Object.assign(recipe.training, { eval_strategy: 'steps', eval_steps: 10, sample_steps: null, save_steps: null });
  series.recipe = recipe;
  series.add(start(40), 0);
  series.add(event({ event: 'phase', phase: 'evaluate', done: 0, total: 20 }), 1000);
  series.add(event({ event: 'phase', phase: 'evaluate', done: 10, total: 20 }), 2000);
  expect(series.phase).toMatchObject({ phase: 'evaluate', perSecond: 10, secondsLeft: 1 });
  series.add(event({ event: 'phase', phase: 'train', done: 0, total: 40 }), 3000);
  for (let n = 1; n <= 15; n++) series.add(step(n, 1, 100), 3000 + n);
  // 25 steps of 0.1 s, and the evaluations at 20, 30 and 40 of 2 s each.
  expect(series.secondsLeft).toBeCloseTo(2.5 + 6, 9);
});

test('100,000 steps are taken in, and read, without copying what is there', () => {
  const series = new RunSeries();
  const places = new Set<ArrayBufferLike>();
  for (let n = 1; n <= 100_000; n++) {
    series.add(step(n, 1));
    places.add(series.losses.buffer);
  }
  expect(series.steps).toHaveLength(100_000);
  // 64 values at first, and room for twice as many whenever it is full: a copy at every step would be 100,000 places.
  expect(places.size).toBe(1 + Math.ceil(Math.log2(100_000 / 64)));
});
