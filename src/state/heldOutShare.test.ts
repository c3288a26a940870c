import { expect, test } from 'vitest';
import { defaultRecipe } from '../recipe/schema';
import { heldOutOf, heldOutText } from './heldOutShare';
import {
  editRecipe,
  recommendForRows,
  resetRecipe,
  setModelRecommendation,
  setSampleRecommendation,
  useRecipe,
} from './recipeStore';

const validation = (): unknown => useRecipe.getState().recipe.dataset.validation;

test('a tenth of a person’s own rows, at most 200, is held out; of a few rows none', () => {
  expect([1, 19, 20, 2000].map((rows) => heldOutOf(rows)['dataset.validation'])).toEqual([
    undefined,
    undefined,
    0.1,
    0.1,
  ]);
  expect([2001, 100_000].map((rows) => heldOutOf(rows)['dataset.validation'])).toEqual([200, 200]);
});

test('the rows’ recommendation stands over the model’s and under the person’s; a sample set has its own', () => {
  setModelRecommendation({ 'dataset.validation': 0 });
  setSampleRecommendation(null);
  recommendForRows(96);
  expect(validation()).toBe(0.1);
  expect(useRecipe.getState().changed).toEqual([]);
  editRecipe('dataset.validation', 0);
  expect(validation()).toBe(0);
  resetRecipe();
  recommendForRows(8);
  expect(validation()).toBe(0);
  recommendForRows(5000);
  setSampleRecommendation({ 'training.num_train_epochs': 6 });
  expect(validation()).toBe(0);
  setSampleRecommendation(null);
  expect(validation()).toBe(200);
  setModelRecommendation({});
  recommendForRows(0);
});

test('what is held out is said in words', () => {
  const recipe = defaultRecipe();
  const said = (validationRows: number): string => heldOutText({ usableRows: 1200, validationRows }, recipe);
  expect(said(120)).toBe(
    '120 rows of 1,200 are held out for validation: the model is tried on them as it trains and never learns them.',
  );
  expect(said(1)).toContain('1 row of 1,200 is held out for validation: the model is tried on it');
  expect(said(0)).toContain('no validation loss');
  recipe.training.early_stopping_patience = 2;
  expect(said(0)).toContain('can’t stop early');
  recipe.dataset.validation = 'held.jsonl';
  expect(said(12)).toContain('12 rows of held.jsonl are held out');
  recipe.training.eval_strategy = 'no';
  expect(said(12)).toContain('evaluates nothing');
});
