import { expect, test } from 'vitest';
import { defaultRecipe } from '../recipe/schema';
import { differences, labelKey, leaves, mergeRecipe, problemAt } from './recipePaths';

test('later changes win, and the original stays as it was', () => {
  const base = defaultRecipe();
  const merged = mergeRecipe(base, { 'adapter.r': 8, 'training.learning_rate': 1e-3 }, { 'adapter.r': 4 });
  expect(merged.adapter.r).toBe(4);
  expect(merged.training.learning_rate).toBe(1e-3);
  expect(base).toEqual(defaultRecipe());
  expect(differences(merged, base).sort()).toEqual(['adapter.r', 'training.learning_rate']);
});

test('free-form maps are one leaf', () => {
  const edited = mergeRecipe(defaultRecipe(), { 'dataset.role_map': { human: 'user' } });
  expect(leaves(edited)['dataset.role_map']).toEqual({ human: 'user' });
});

test('a value that does not fit says why', () => {
  expect(problemAt(defaultRecipe(), 'adapter.r', 0)).toContain('>=1');
  expect(problemAt(defaultRecipe(), 'adapter.r', 1)).toBeNull();
  expect(problemAt(defaultRecipe(), 'adapter.rank', 1)).toContain('rank');
});

test('rows are labelled anew for what changes labels, and only for that', () => {
  const base = defaultRecipe();
  const key = (path: string, value: unknown): string => labelKey(mergeRecipe(base, { [path]: value }));
  expect(key('training.max_length', 64)).not.toBe(labelKey(base));
  expect(key('loss.train_on', 'all')).not.toBe(labelKey(base));
  expect(key('training.learning_rate', 1)).toBe(labelKey(base));
  expect(key('generation.temperature', 1)).toBe(labelKey(base));
});
