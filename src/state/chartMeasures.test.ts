import { expect, test } from 'vitest';
import type { RunEventBody } from '../protocol/run';
import { chartData, stepsOf, valuesAt } from './chartMeasures';
import { thinned } from './chartThin';
import { Random } from '../lib/random';
import { RunSeries } from './runSeries';

function seriesOf(bodies: RunEventBody[]): RunSeries {
  const series = new RunSeries();
  bodies.forEach((body, seq) => series.add({ ...body, runId: 'r', seq }));
  return series;
}
const step = (at: number, loss: number): RunEventBody => ({
  event: 'step',
  step: at,
  epoch: at / 10,
  loss,
  grad_norm: 2,
  learning_rate: 1e-3,
  supervised_tokens: 10,
  tokens: 50,
  ms: 100,
});
const evaluation = (at: number, loss: number): RunEventBody => ({
  event: 'eval',
  step: at,
  loss,
  perplexity: Math.exp(loss),
  token_accuracy: 0.5,
});

test('few points are all drawn; evaluations have points of their own, that of step 0 at the left edge', () => {
  const series = seriesOf([evaluation(0, 4), step(2, 3), step(4, 2), evaluation(5, 2.5)]);
  const { x, lines } = chartData(series, 'loss', 100);
  expect(x).toEqual([0, 2, 4, 5]);
  expect(lines.map(({ name, values }) => [name, values])).toEqual([
    ['', [null, 3, 2, null]],
    ['training', [null, series.smoothed[0], series.smoothed[1], null]],
    ['validation', [4, null, null, 2.5]],
    ['best', [null, null, null, 2.5]],
  ]);
  expect([...Array.from(stepsOf(series, 'loss'))]).toEqual([0, 2, 4, 5]);
  expect(valuesAt(series, 'loss', 4.9)?.values.map(({ name }) => name)).toEqual([
    'validation',
    'perplexity',
    'tokens right',
  ]);
});

test('thinning keeps the ends and every column’s lowest and highest point', () => {
  const random = new Random(3);
  const points = 20_000;
  const x = Float64Array.from({ length: points }, (_, index) => index + 1);
  const line = Float64Array.from(x, () => random.uniform());
  line[7777] = 9;
  line[7778] = -9;
  const kept = [...thinned(x, [line], 100)];
  expect(kept.length).toBeLessThanOrEqual(4 * 101);
  expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
  for (const index of [0, 7777, 7778, points - 1]) expect(kept).toContain(index);
  const perPixel = (points - 1) / 100;
  for (let column = 0; column < 100; column++) {
    const inColumn = (index: number): boolean => Math.floor(index / perPixel) === column;
    const all = [...line.keys()].filter(inColumn).map((index) => line[index] ?? 0);
    const drawn = kept.filter(inColumn).map((index) => line[index] ?? 0);
    expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([Math.min(...all), Math.max(...all)]);
  }
});

test('what cannot be drawn is a gap, and the forecast is a level', () => {
  const series = seriesOf([
    step(1, NaN),
    { event: 'memory', step: 1, deviceBytes: 5, peakDeviceBytes: 6, reservedBytes: 7 },
    { event: 'memory', step: 1, deviceBytes: 6, peakDeviceBytes: 6, reservedBytes: 7 },
  ]);
  series.forecastBytes = 8;
  expect(chartData(series, 'loss', 100).lines[0]?.values).toEqual([null]);
  expect(chartData(series, 'memory', 100)).toEqual({
    x: [1],
    lines: [
      { name: 'held', look: 'raw', values: [6] },
      { name: 'most so far', look: 'strong', values: [6] },
      { name: 'forecast 8 B', look: 'level', values: [8] },
    ],
  });
});

test('a column that begins with no number keeps its extremes all the same', () => {
  const x = Float64Array.from({ length: 1000 }, (_, index) => index);
  const line = x.map((at) => (at % 100 === 0 ? NaN : at === 555 ? 9 : at === 556 ? -9 : 1));
  expect([...thinned(x, [line], 10)]).toEqual(expect.arrayContaining([555, 556]));
});

/** Processor time of the quickest of many attempts, ms: whatever else the machine does is not counted. */
function quickest(work: () => void, enough: number): number {
  let best = Infinity;
  for (let attempt = 0; attempt < 40 && best >= enough; attempt++) {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

// Some 2 ms; four times as much, on a slow machine, still leaves half of a frame.
test('100,000 points become a picture within 8 ms', () => {
  const series = seriesOf([]);
  for (let at = 1; at <= 100_000; at++) {
    series.add({ ...step(at, 1 + Math.sin(at * 12.9898)), runId: 'r', seq: 2 * at });
    if (at % 20 === 0) series.add({ ...evaluation(at, 1), runId: 'r', seq: 2 * at + 1 });
  }
  for (const measure of ['loss', 'gradient', 'speed'] as const) {
    const ms = quickest(() => expect(chartData(series, measure, 400).x.length).toBeLessThan(3200), 8);
    expect(ms, measure).toBeLessThan(8);
  }
});
