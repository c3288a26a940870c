import { describe, expect, test } from 'vitest';
import { packRows } from '../../recipe/packing';
import { defaultRecipe, type Recipe } from '../../recipe/schema';
import { testRecipe } from '../testing/fixtures';
import { epochOrder, planRun, stepWindow, type Plan } from './plan';
import { canonicalJson, recipeHash } from './recipeHash';

const table = (rows: number, lengths: readonly number[] = new Array<number>(rows).fill(0)) => ({
  inputIds: new Int32Array(),
  labels: new Int32Array(),
  offsets: Uint32Array.from([0, ...lengths.map((_, row) => lengths.slice(0, row + 1).reduce((a, b) => a + b, 0))]),
  rows: new Uint32Array(rows),
});

describe('steps', () => {
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

  describe('rule 20: packing', () => {
    const lengths = Array.from({ length: 41 }, (_, row) => 1 + ((row * 37) % 60));
    const packed = (training: Parameters<typeof testRecipe>[0] = {}, shuffle = true) =>
      testRecipe(
        { packing: true, max_length: 64, per_device_train_batch_size: 2, gradient_accumulation_steps: 3, ...training },
        { dataset: { shuffle } },
      );
    const windowsOf = (plan: Plan, epoch: number, recipe: Recipe) =>
      Array.from({ length: plan.stepsPerEpoch }, (_, step) =>
        stepWindow(plan, epoch * plan.stepsPerEpoch + step, epochOrder(plan.units, epoch, recipe)),
      );

    test('steps follow from packs; each row comes once an epoch, in micro-batches of whole packs', () => {
      const recipe = packed({ num_train_epochs: 2 });
      const plan = planRun(table(41, lengths), recipe);
      const packs = packRows(lengths, 64);
      expect(plan).toMatchObject({ rows: 41, units: packs.length });
      expect(plan.steps).toBe(2 * Math.ceil(Math.ceil(packs.length / 2) / 3));
      expect(planRun(table(41, lengths), packed({ packing: false })).steps).toBeGreaterThan(plan.stepsPerEpoch);
      for (const epoch of [0, 1]) {
        const batches = windowsOf(plan, epoch, recipe).flat();
        expect(batches.flatMap((rows) => [...rows]).sort((a, b) => a - b)).toEqual([...Array(41).keys()]);
        for (const rows of batches)
          expect([...rows].reduce((sum, row) => sum + (lengths[row] ?? NaN), 0)).toBeLessThanOrEqual(2 * 64);
      }
    });

    test('packs stay; their order depends on seed and epoch, and without shuffling on nothing', () => {
      const recipe = packed();
      const plan = planRun(table(41, lengths), recipe);
      const text = (epoch: number, from: Recipe) =>
        JSON.stringify(
          windowsOf(plan, epoch, from)
            .flat()
            .map((rows) => [...rows]),
        );
      expect(text(0, recipe)).toBe(text(0, recipe));
      expect(text(0, recipe)).not.toBe(text(1, recipe));
      expect(text(0, recipe)).not.toBe(text(0, packed({ seed: 1 })));
      expect(text(0, packed({}, false))).toBe(text(1, packed({ seed: 1 }, false)));
      expect(planRun(table(41, lengths), packed({ seed: 9 })).packs).toEqual(plan.packs);
    });

    test('a row longer than a pack is refused', () =>
      expect(() => planRun(table(1, [65]), packed())).toThrow(/training row 1: .* got 65/));
  });

  test('no rows: refused', () => expect(() => planRun(table(0), defaultRecipe())).toThrow(/at least one usable row/));
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
