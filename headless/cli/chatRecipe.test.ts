import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defaultRecipe } from '../../src/recipe/schema';
import { chatRecipe } from './chatRecipe';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tunesmith-chat-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

it('rule 12: template, system prompt and thinking switch come with the adapter; how answers are drawn does not', () => {
  const template = { source: 'preset', preset: 'alpaca', enable_thinking: true };
  write('recipe.json', JSON.stringify({ template, dataset: { system_prompt: 'Be kind.' }, generation: { top_k: 7 } }));
  const said: string[] = [];
  const recipe = chatRecipe(undefined, [undefined, join(folder, 'none'), folder], (line) => said.push(line));
  expect(recipe.template).toMatchObject(template);
  expect(recipe.dataset.system_prompt).toBe('Be kind.');
  expect(recipe.generation).toEqual(defaultRecipe().generation);
  expect(said.join()).toContain('recipe.json');
});

it('a given recipe wins, and a file that is no recipe is passed over with a word', () => {
  write('recipe.json', '{"template":{"source":"preset","preset":"alpaca"}}');
  const given = write('given.json', '{"dataset":{"system_prompt":"Be brief."}}');
  const recipe = chatRecipe(given, [folder], () => {});
  expect([recipe.template.source, recipe.dataset.system_prompt]).toEqual(['model', 'Be brief.']);
  write('recipe.json', '{"ingredients":["flour"]}');
  const said: string[] = [];
  expect(chatRecipe(undefined, [folder], (line) => said.push(line))).toEqual(defaultRecipe());
  expect(said.join()).toContain('ingredients');
});
