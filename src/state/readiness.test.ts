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

test('steps are windows per epoch, the short last one included, times epochs', () => {
  expect(plannedSteps(9, ready.recipe)).toBe(15);
  expect(plannedSteps(9, mergeRecipe(ready.recipe, { 'training.max_steps': 4 }))).toBe(4);
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
  ['model is loading', { weights: { kind: 'loading', progress: null } }],
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
