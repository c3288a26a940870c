import { expect, test } from 'vitest';
import { checkSupported } from '../engine/train/supported';
import { defaultRecipe } from '../recipe/schema';
import { knobGroups } from './recipeKnobs';
import { knobAt, knobText, parseKnob } from './knobValues';
import { leaves, mergeRecipe, problemAt, valueAt } from './recipePaths';

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

test('a knob stands still exactly where the engine refuses to move', () => {
  const engineTakes = (path: string, value: unknown): boolean => {
    try {
      checkSupported(mergeRecipe(defaultRecipe(), { [path]: value }));
      return true;
    } catch {
      return false;
    }
  };
  const others: Record<string, unknown[]> = {
    'adapter.use_dora': [true],
    'adapter.use_rslora': [true],
    'training.packing': [true],
    'adapter.loraplus_lr_ratio': [4],
    'training.neftune_noise_alpha': [5],
    'training.label_smoothing_factor': [0.1],
  };
  for (const { path, control, only } of knobGroups.flatMap((group) => group.knobs)) {
    const values = control.kind === 'choice' ? control.options : (others[path] ?? []);
    for (const value of values) {
      expect([path, value, only?.includes(value) ?? true]).toEqual([path, value, engineTakes(path, value)]);
    }
    for (const value of only ?? []) expect([path, engineTakes(path, value)]).toEqual([path, true]);
  }
});
