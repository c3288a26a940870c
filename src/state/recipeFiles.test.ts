/** Recipes as files and links: there and back, what never travels, what is refused, what is applied and undone. */
import { beforeEach, expect, test, vi } from 'vitest';
import { parseRecipe } from '../recipe/parseRecipe';
import { defaultRecipe, type Recipe } from '../recipe/schema';
import { useModel } from './modelStore';
import { openRecipeFiles, recipeFileAmong, recipeText } from './recipeFiles';
import { linkedLeaves, linkedRecipe, openRecipeLink, recipeLink } from './recipeLink';
import { mergeRecipe } from './recipePaths';
import { applyProposal, dismissProposal, undoProposal, useProposal } from './recipeProposal';
import { editRecipe, resetRecipe, useRecipe } from './recipeStore';

const unusual = (): Recipe =>
  mergeRecipe(defaultRecipe(), {
    'training.learning_rate': 3e-3,
    'training.adam_epsilon': 1e-12,
    'training.early_stopping_patience': 4,
    'training.sample_steps': null,
    'adapter.target_modules': ['q_proj', 'v_proj'],
    'dataset.system_prompt': 'Be kind. “Ünïcode” 👍🏽\nSecond line',
    'dataset.role_map': { bot: 'assistant' },
    'template.variables': { deep: { list: [1, 'two', { three: null }] } },
    'generation.seed': 7,
  });

const address = 'https://a.test/studio/';
const hashOf = (link: string | null): string => new URL(link ?? address).hash;

beforeEach(() => {
  vi.stubGlobal('location', { origin: 'https://a.test', pathname: '/studio/', search: '?backend=wasm', hash: '' });
  useModel.setState({ source: { kind: 'url', baseUrl: 'https://a.test/models/builtin/', name: 'builtin' } });
  resetRecipe();
  dismissProposal();
});

test.each(['json', 'toml'] as const)('a recipe comes back from %s as it was', (format) => {
  for (const recipe of [defaultRecipe(), unusual()])
    expect(parseRecipe(recipeText(recipe, format), { format })).toEqual(recipe);
});

test('a link holds what differs from the defaults, and gives it back', () => {
  editRecipe('training.learning_rate', 3e-3);
  editRecipe('dataset.system_prompt', 'Ünïcode 👍🏽 “quotes”');
  editRecipe('training.sample_steps', null);
  const link = recipeLink();
  expect(link).toMatch(/^https:\/\/a\.test\/studio\/#recipe=[\w-]+$/);
  const recipe = linkedRecipe(hashOf(link).slice('#recipe='.length), defaultRecipe());
  expect(recipe).toEqual(useRecipe.getState().recipe);
});

test('data, names of files and folders, and how a file is read never travel', () => {
  const recipe = mergeRecipe(unusual(), {
    'model.id': 'my-secret-folder',
    'dataset.validation': 'patients.jsonl',
    'dataset.test': 0.2,
    'dataset.columns': { prompt: 'diagnosis' },
    'dataset.messages_template': [{ role: 'user', content: '{diagnosis}' }],
  });
  const held = linkedLeaves(recipe, false);
  expect(Object.keys(held)).toEqual(expect.arrayContaining(['dataset.test', 'training.learning_rate']));
  expect(JSON.stringify(held)).not.toMatch(/secret|patients|diagnosis|assistant/);
  expect(linkedLeaves(recipe, true)).toMatchObject({ 'model.id': 'my-secret-folder' });
});

test('settings too long for an address make no link', () => {
  editRecipe('template.text', 'x'.repeat(9000));
  expect(recipeLink()).toBeNull();
});

test.each([
  ['recipe/bad-link', 'not base64!'],
  ['recipe/bad-link', btoa('[1, 2]')],
  ['recipe/bad-link', 'A'.repeat(9000)],
  ['recipe/unknown-key', btoa('{"training.learning_rat":1}')],
  ['recipe/unknown-key', btoa('{"__proto__.polluted":1}')],
  ['recipe/invalid', btoa('{"training.learning_rate":"fast"}')],
])('a bad link is refused: %s', (code, encoded) => {
  vi.stubGlobal('location', { hash: `#recipe=${encoded.replace(/=+$/, '')}` });
  expect(openRecipeLink()).toBe(true);
  expect(useProposal.getState()).toMatchObject({ proposal: null, error: { code } });
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('a link leaves how the present file is read as it is', () => {
  const present = mergeRecipe(defaultRecipe(), { 'dataset.role_map': { bot: 'assistant' } });
  const recipe = linkedRecipe(btoa('{"adapter.r":4,"dataset.role_map":{"x":"user"}}').replace(/=+$/, ''), present);
  expect(recipe).toEqual(mergeRecipe(present, { 'adapter.r': 4 }));
});

test('a file shows what it changes first, is applied, and undone', async () => {
  editRecipe('adapter.r', 8);
  const file = new File(['[training]\nlearning_rate = 0.003\n'], 'fast.toml');
  await openRecipeFiles([file]);
  const { proposal } = useProposal.getState();
  expect(proposal?.rows).toEqual([
    { path: 'training.learning_rate', label: 'Learning rate', values: [2e-4, 0.003] },
    { path: 'adapter.r', label: 'Rank', values: [8, 16] },
  ]);
  expect(useRecipe.getState().recipe.adapter.r).toBe(8);
  applyProposal();
  expect(useRecipe.getState().recipe).toMatchObject({ training: { learning_rate: 0.003 }, adapter: { r: 16 } });
  undoProposal();
  expect(useRecipe.getState().recipe).toMatchObject({ training: { learning_rate: 2e-4 }, adapter: { r: 8 } });
});

test('what was set by hand after a recipe was applied outlives its undoing', async () => {
  await openRecipeFiles([new File(['{"adapter":{"r":4},"training":{"seed":7}}'], 'r.json')]);
  applyProposal();
  editRecipe('generation.top_k', 9);
  editRecipe('training.seed', 8);
  undoProposal();
  expect(useRecipe.getState().edits).toEqual({ 'generation.top_k': 9, 'training.seed': 8 });
});

test('what is proposed follows the recipe in force', async () => {
  await openRecipeFiles([new File(['{"adapter":{"r":4}}'], 'r.json')]);
  expect(useProposal.getState().proposal?.rows.map(({ path }) => path)).toEqual(['adapter.r']);
  editRecipe('adapter.r', 4);
  expect(useProposal.getState().proposal?.rows).toEqual([]);
});

test('a bad file says each problem with the key that was meant', async () => {
  await openRecipeFiles([new File(['{"training":{"learning_rat":1,"seed":-1}}'], 'bad.json')]);
  const { error } = useProposal.getState();
  expect(error?.code).toBe('recipe/invalid');
  expect(error?.message).toContain('did you mean training.learning_rate?');
  expect(error?.message).toContain('training.seed');
});

test('a held-out file and another model are said, not taken', async () => {
  await openRecipeFiles([new File(['{"model":{"id":"org/other"},"dataset":{"validation":"held.jsonl"}}'], 'a.json')]);
  const { proposal } = useProposal.getState();
  expect(proposal?.rows).toEqual([]);
  expect(proposal?.notes.join(' ')).toMatch(/org\/other.*held\.jsonl/);
});

test('among dropped files the recipe is known by what it holds', async () => {
  const data = new File(['[{"messages":[]}]'], 'data.json');
  const table = new File(['{"messages":[]}'], 'one.json');
  const recipe = new File(['{"training":{}}'], 'recipe.json');
  expect(await recipeFileAmong([data, table])).toBeNull();
  expect(await recipeFileAmong([data, recipe])).toBe(recipe);
});
