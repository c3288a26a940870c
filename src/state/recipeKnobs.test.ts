import { expect, test } from 'vitest';
import { defaultRecipe } from '../recipe/schema';
import { knobGroups } from './recipeKnobs';
import { knobAt, knobText, parseKnob } from './knobValues';
import { leaves, problemAt, valueAt } from './recipePaths';

test('every key of the recipe has exactly one knob, and no knob is without a key', () => {
  const paths = knobGroups.flatMap((group) => group.knobs.map((knob) => knob.path));
  const keys = Object.keys(leaves(defaultRecipe())).filter((path) => path !== 'version');
  expect([...paths].sort()).toEqual([...keys].sort());
});

test('a knob is one sentence', () => {
  for (const { says } of knobGroups.flatMap((group) => group.knobs)) expect(says).toMatch(/^[A-Z0-9].*\.$/);
});

test('typing a knob’s own text gives its value back, and the schema takes it', () => {
  const recipe = defaultRecipe();
  for (const { path, control } of knobGroups.flatMap((group) => group.knobs)) {
    const value = valueAt(recipe, path);
    const typed = parseKnob(control, knobText(control, value));
    expect([path, typed]).toEqual([path, value]);
    expect([path, problemAt(recipe, path, typed)]).toEqual([path, null]);
  }
});

test('text that is no value is told apart from an empty one', () => {
  expect(parseKnob(knobAt('adapter.r').control, '')).toBeUndefined();
  expect(parseKnob(knobAt('adapter.r').control, 'many')).toBeUndefined();
  expect(parseKnob(knobAt('training.learning_rate').control, '3e-3')).toBe(0.003);
  expect(parseKnob(knobAt('training.sample_steps').control, '')).toBeNull();
  expect(parseKnob(knobAt('adapter.target_modules').control, 'q_proj, v_proj')).toEqual(['q_proj', 'v_proj']);
});
