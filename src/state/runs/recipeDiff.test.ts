import { expect, test } from 'vitest';
import { defaultRecipe, recipeSchema } from '../../recipe/schema';
import { recipeDiff, settingText } from './recipeDiff';

test('lists exactly the settings that differ, by knob name, with every value', () => {
  const a = defaultRecipe();
  const b = recipeSchema.parse({ training: { learning_rate: 3e-3 }, adapter: { r: 4, target_modules: ['q_proj'] } });
  const c = recipeSchema.parse({ training: { learning_rate: 3e-3 } });
  expect(recipeDiff([a, b, c])).toEqual([
    { path: 'training.learning_rate', label: 'Learning rate', values: [2e-4, 3e-3, 3e-3] },
    { path: 'adapter.r', label: 'Rank', values: [16, 4, 16] },
    { path: 'adapter.target_modules', label: 'Target modules', values: ['all-linear', ['q_proj'], 'all-linear'] },
  ]);
});

test('the same recipes differ in nothing, and one recipe neither', () => {
  expect(recipeDiff([defaultRecipe(), defaultRecipe()])).toEqual([]);
  expect(recipeDiff([defaultRecipe()])).toEqual([]);
});

test('maps are one setting each', () => {
  const b = recipeSchema.parse({ dataset: { columns: { answer: 'reply' } } });
  expect(recipeDiff([defaultRecipe(), b]).map(({ path }) => path)).toEqual(['dataset.columns']);
});

test('values as a person reads them', () => {
  expect([null, true, false, 2e-4, 0.5, 0, 'cosine', '', ['q_proj', 'v_proj'], { a: 'b' }].map(settingText)).toEqual([
    'off',
    'on',
    'off',
    '2e-4',
    '0.5',
    '0',
    'cosine',
    '(empty)',
    '["q_proj","v_proj"]',
    '{"a":"b"}',
  ]);
  expect(settingText('x\n'.repeat(100))).toHaveLength(61);
});
