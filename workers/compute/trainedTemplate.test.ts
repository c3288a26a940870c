/** What is exported answers under the template that the run had, not under the model's own. */
import { expect, test } from 'vitest';
import { ChatTemplate } from '../../src/data/template/chatTemplate';
import { templatePreset } from '../../src/data/template/presets/presets';
import type { FolderFile } from '../../src/protocol/training';
import { defaultRecipe, type Recipe } from '../../src/recipe/schema';
import { withTrainedTemplate } from './trainedTemplate';

const own = '{% for m in messages %}{{ m.content }}{% endfor %}{{ mood }}';
const file = (name: string, text: string): FolderFile => ({ name, bytes: new TextEncoder().encode(text) });
const config = `{"chat_template": ${JSON.stringify(own)}, "eos_token": "<|end|>", "model_max_length": 1000000000000000019884624838656}`;
const files = [file('tokenizer.json', '{}'), file('tokenizer_config.json', config)];
const textOf = (list: readonly FolderFile[], wanted: string): string | null => {
  const found = list.find(({ name }) => name === wanted);
  return found ? new TextDecoder().decode(found.bytes) : null;
};
const exported = (template: Partial<Recipe['template']>, given = files): FolderFile[] => {
  const recipe = defaultRecipe();
  return withTrainedTemplate(given, { ...recipe, template: { ...recipe.template, ...template } });
};

test('the model’s own template leaves its files as they are', () => {
  expect(exported({})).toEqual(files);
  expect(withTrainedTemplate(files, null)).toEqual(files);
});

test('a preset’s template stands in both places, and the other settings stay', () => {
  const list = exported({ source: 'preset', preset: 'zephyr' });
  const { source } = templatePreset('zephyr');
  expect(textOf(list, 'chat_template.jinja')).toBe(source);
  const written = textOf(list, 'tokenizer_config.json') ?? '';
  expect(JSON.parse(written)).toMatchObject({ chat_template: source, eos_token: '<|end|>' });
  expect(written).toContain('"model_max_length": 1000000000000000019884624838656');
  expect(textOf(list, 'tokenizer.json')).toBe('{}');
});

test.each([
  ['custom', { source: 'custom', text: `\n${own} {{ deep.list[2] is none }}{{ deep.ok }}` }],
  ['the model’s own', {}],
] as const)('data for a template (%s) is written into it', (_, template) => {
  const variables = { messages: [], mood: 'a "quoted"\n\\ mood 👍🏽', deep: { list: [1, 2.5, null], ok: true } };
  const apart = [files[0], file('tokenizer_config.json', '{}'), file('chat_template.jinja', own)] as FolderFile[];
  const written = textOf(exported({ ...template, variables }, apart), 'chat_template.jinja') ?? '';
  const messages = [{ role: 'user', content: 'Hi. ' }];
  const render = (text: string, given: Record<string, unknown>): string =>
    new ChatTemplate(text, given).render({ messages }, { addGenerationPrompt: true }).text;
  expect(render(written, {})).toBe(render('text' in template ? template.text : own, variables));
});
