import { describe, expect, test } from 'vitest';
import { defaultRecipe } from '../../recipe/schema';
import { testRecipe } from '../testing/fixtures';
import { epochOrder, planRun, stepWindow } from './plan';
import { canonicalJson, recipeHash } from './recipeHash';
import { checkSupported } from './supported';

const table = (rows: number) => ({
  inputIds: new Int32Array(),
  labels: new Int32Array(),
  offsets: new Uint32Array(),
  rows: new Uint32Array(rows),
});

describe('steps as transformers counts them', () => {
  test.each([
    // rows, batch, accumulation, epochs, max_steps → steps per epoch, steps
    [11, 2, 2, 1, -1, 3, 3],
    [12, 2, 2, 3, -1, 3, 9],
    [10, 4, 8, 2.5, -1, 1, 3],
    [100, 1, 8, 1, -1, 13, 13],
    [100, 1, 8, 1, 5, 13, 5],
    [1, 8, 8, 4, -1, 1, 4],
  ])('%d rows, %d × %d, %d epochs, max_steps %d', (rows, batch, accumulation, epochs, max_steps, perEpoch, steps) => {
    const recipe = testRecipe({
      per_device_train_batch_size: batch,
      gradient_accumulation_steps: accumulation,
      num_train_epochs: epochs,
      max_steps,
    });
    expect(planRun(table(rows), recipe)).toMatchObject({ stepsPerEpoch: perEpoch, steps });
  });

  test('windows cover each row of an epoch once, the last one short', () => {
    const recipe = testRecipe({ per_device_train_batch_size: 2, gradient_accumulation_steps: 2 });
    const plan = planRun(table(11), recipe);
    const order = epochOrder(11, 0, recipe);
    const windows = [0, 1, 2].map((step) => stepWindow(plan, step, order).map((batch) => [...batch]));
    expect(windows).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [4, 5],
        [6, 7],
      ],
      [[8, 9], [10]],
    ]);
    expect(stepWindow(plan, 3, order)).toEqual(stepWindow(plan, 0, order));
  });

  test('the order depends on seed and epoch only', () => {
    const shuffled = (seed: number, epoch: number) => [
      ...epochOrder(30, epoch, testRecipe({ seed }, { dataset: { shuffle: true } })),
    ];
    expect(shuffled(1, 0)).toEqual(shuffled(1, 0));
    expect(shuffled(1, 0)).not.toEqual(shuffled(1, 1));
    expect(shuffled(1, 0)).not.toEqual(shuffled(2, 0));
    expect(shuffled(1, 0).toSorted((a, b) => a - b)).toEqual([...Array(30).keys()]);
  });

  test('no rows: refused', () => expect(() => planRun(table(0), defaultRecipe())).toThrow(/at least one usable row/));
});

test('settings that are not implemented are refused, all of them by name', () => {
  const recipe = testRecipe({ optim: 'lion', packing: true }, { adapter: { use_dora: true } });
  expect(() => checkSupported(recipe)).toThrow(
    /adapter.use_dora = true .*training.optim = "lion" \(use "adamw"\), training.packing = true/,
  );
  expect(() => checkSupported(defaultRecipe())).not.toThrow();
});

test('the recipe hash does not depend on the order of keys, and does on every value', async () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: 0.1 })).toBe('{"a":0.1,"b":[1,{"c":"x","d":null}]}');
  const recipe = defaultRecipe();
  const turned = Object.fromEntries(Object.entries(recipe).reverse()) as typeof recipe;
  expect(await recipeHash(turned)).toBe(await recipeHash(recipe));
  expect(await recipeHash({ ...recipe, training: { ...recipe.training, seed: 43 } })).not.toBe(
    await recipeHash(recipe),
  );
});
