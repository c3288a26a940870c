import { expect, test } from 'vitest';
import { defaultRecipe } from '../recipe/schema';
import { mergeRecipe } from './recipePaths';
import { plannedSteps, readiness, readinessText, type Facts } from './readiness';
import { summary } from './testing/facts';

const ready: Facts = {
  device: { kind: 'ready', facts: {} as never },
  weights: { kind: 'ready', facts: {} as never },
  tokenizer: { kind: 'ready', facts: {} as never, specialIds: new Set() },
  dataset: { kind: 'ready', summary: summary({ trainRows: 9 }), relabelling: false, refusal: null },
  recipe: mergeRecipe(defaultRecipe(), { 'training.gradient_accumulation_steps': 2, 'training.num_train_epochs': 3 }),
};

const withTraining = (values: Record<string, unknown>): Facts['recipe'] =>
  mergeRecipe(
    ready.recipe,
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`training.${key}`, value])),
  );

test('steps are windows per epoch, the short last one included, times epochs', () => {
  const nine = summary({ trainRows: 9 });
  expect(plannedSteps(nine, ready.recipe)).toEqual({ steps: 15, packs: null, exact: true });
  expect(plannedSteps(nine, withTraining({ max_steps: 4 })).steps).toBe(4);
});

test('with packing, steps are over packs: counted ones, or about as many as the tokens fill', () => {
  const packing = withTraining({ packing: true, max_length: 30 });
  expect(plannedSteps(summary({ trainRows: 9, trainPacks: 4 }), packing)).toEqual({ steps: 6, packs: 4, exact: true });
  expect(readinessText({ ready: true, rows: 9, steps: 6, packs: 4, exact: true })).toBe(
    'Ready: 6 steps over 9 rows in 4 packs',
  );
  // 100 tokens in 10 rows: 90 in the 9 of training.
  const guess = plannedSteps(summary({ trainRows: 9 }), packing);
  expect(guess).toEqual({ steps: 6, packs: null, exact: false });
  expect(readinessText({ ready: true, rows: 9, ...guess })).toBe('Ready: about 6 steps over 9 rows');
  expect(plannedSteps(summary({ trainRows: 9 }), withTraining({ packing: true, max_steps: 2 })).exact).toBe(true);
});

test('a run that can start says how long it is', () => {
  expect(readinessText(readiness(ready))).toBe('Ready: 15 steps over 9 rows');
});

test('broken rows need consent', () => {
  const broken: Facts = {
    ...ready,
    dataset: { kind: 'ready', summary: summary({ brokenRows: 2 }), relabelling: false, refusal: null },
  };
  expect(readinessText(readiness(broken))).toContain('2 rows are broken');
  const agreed = { ...broken, recipe: mergeRecipe(broken.recipe, { 'dataset.max_rows_in_error': 2 }) };
  expect(readiness(agreed).ready).toBe(true);
});

test.each<[string, Partial<Facts>]>([
  ['finding out', { device: { kind: 'opening' } }],
  ['nothing here can compute', { device: { kind: 'failed', error: { code: 'x/y', message: 'm' } } }],
  ['model is loading', { weights: { kind: 'idle' } }],
  ['choose one', { weights: { kind: 'cancelled' } }],
  ['no data yet', { dataset: { kind: 'empty' } }],
  [
    'because',
    {
      dataset: {
        kind: 'ready',
        summary: summary({ blocker: { code: 'a/b', message: 'because' } }),
        relabelling: false,
        refusal: null,
      },
    },
  ],
  [
    'no row can be used',
    { dataset: { kind: 'ready', summary: summary({ usableRows: 0 }), relabelling: false, refusal: null } },
  ],
])('says why not: %s', (reason, change) => {
  expect(readinessText(readiness({ ...ready, ...change }))).toContain(`Not ready: `);
  expect(readinessText(readiness({ ...ready, ...change }))).toContain(reason);
});
