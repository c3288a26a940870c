import { describe, expect, test } from 'vitest';
import { Random } from '../lib/random';
import { defaultRecipe } from '../recipe/schema';
import { runHealth, type HealthCode, type Measured } from './runHealth';

const random = new Random(7);
/** About normal, σ 1: the sum of twelve uniform numbers (Irwin–Hall). */
const noise = (): number => Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b, -6);

interface Shape {
  steps?: number;
  totalSteps?: number;
  loss: (step: number) => number;
  norm?: (step: number) => number;
  rate?: (step: number) => number;
  evals?: [number, number][];
  /** Share of the loss that is noise. */
  noisy?: number;
  keepsBest?: boolean;
}

function run({ steps = 200, totalSteps = 400, loss, norm, rate, evals = [], noisy = 0.1, keepsBest }: Shape): Measured {
  const recipe = defaultRecipe();
  if (keepsBest === false) recipe.training.load_best_model_at_end = false;
  const at = Float64Array.from({ length: steps }, (_, index) => index + 1);
  return {
    steps: at,
    losses: at.map((step) => loss(step) * (1 + noisy * noise())),
    gradNorms: at.map(norm ?? (() => 2)),
    learningRates: at.map(rate ?? (() => 1e-3)),
    evals: evals.map(([step, loss]) => ({ step, loss, perplexity: Math.exp(loss), tokenAccuracy: 0 })),
    totalSteps,
    recipe,
  };
}
const codes = (shape: Shape): HealthCode[] => runHealth(run(shape)).map(({ code }) => code);
const falling = (step: number): number => 0.3 + 3 * Math.exp(-step / 80);

describe('each rule speaks where it has ground', () => {
  const cases: [HealthCode, Shape][] = [
    ['diverging', { loss: (step) => (step < 60 ? falling(step) : 2 + step / 20) }],
    ['rising', { loss: (step) => (step < 120 ? falling(step) : 1.8) }],
    [
      'overfitting',
      {
        loss: falling,
        evals: [
          [0, 3],
          [50, 1],
          [100, 0.8],
          [150, 0.9],
          [200, 1.1],
        ],
      },
    ],
    ['clipped', { loss: falling, norm: (step) => (step % 4 === 0 ? 3 : 9) }],
    [
      'no-gain',
      {
        loss: falling,
        evals: [
          [0, 2],
          [100, 2.1],
          [200, 1.99],
        ],
      },
    ],
    ['plateau', { loss: () => 1.2, noisy: 0.02 }],
    ['by-heart', { loss: (step) => 2 * Math.exp(-step / 20) }],
    [
      'learning',
      {
        loss: falling,
        evals: [
          [0, 3],
          [200, 0.9],
        ],
      },
    ],
  ];
  test.each(cases)('%s', (code, shape) => expect(codes(shape)).toContain(code));
});

test('what to do fits the recipe', () => {
  const evals: [number, number][] = [
    [0, 3],
    [50, 1],
    [100, 0.8],
    [150, 0.9],
    [200, 1.1],
  ];
  expect(runHealth(run({ loss: falling, evals }))[0]?.text).toContain('The best is kept');
  expect(runHealth(run({ loss: falling, evals, keepsBest: false }))[0]?.text).toContain('“Keep the best”');
});

describe('no alarm without ground', () => {
  const alarms = (shape: Shape): string[] =>
    runHealth(run(shape))
      .filter(({ tone }) => tone === 'warning')
      .map(({ text }) => text);
  test('a healthy, noisy run at any length', () => {
    for (let steps = 1; steps <= 400; steps += 3)
      expect(
        alarms({
          loss: falling,
          steps,
          noisy: 0.3,
          evals: [
            [0, 3],
            [50, 2],
          ],
        }),
      ).toEqual([]);
  });
  test('a loss that merely stands still, however noisy', () => {
    for (let seed = 0; seed < 100; seed++) expect(alarms({ loss: () => 1, noisy: 0.5 })).toEqual([]);
  });
  test('one odd batch, one odd evaluation, high norms at the start', () => {
    expect(alarms({ loss: (step) => (step === 150 ? 9 : falling(step)) })).toEqual([]);
    expect(
      alarms({
        loss: falling,
        evals: [
          [0, 3],
          [100, 1],
          [150, 1.2],
        ],
      }),
    ).toEqual([]);
    expect(alarms({ loss: falling, norm: (step) => (step < 40 ? 20 : 1.5) })).toEqual([]);
  });
  test('ups and downs of a loss near zero', () => {
    expect(alarms({ loss: (step) => (step < 150 ? 0.004 : 0.02) })).toEqual([]);
  });
  test('a rate that is all but spent', () => {
    expect(codes({ loss: () => 1.2, noisy: 0.02, rate: (step) => (step < 100 ? 1e-3 : 1e-5) })).toEqual([]);
  });
  test('too early', () => expect(codes({ loss: falling, steps: 8 })).toEqual([]));
});
