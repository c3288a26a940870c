import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import { recipeSchema, type Recipe, type RecipeInput } from '../../recipe/schema';
import { labelRow } from '../label/labelRow';
import { trainedText } from '../testing/trainedText';
import { openRunContext } from '../session/modelContext';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { stockTemplate } from '../testing/stockTemplates';
import { spanPresets } from './spanPresets';

const base = qwenContext().model;
const modelWith = (chatTemplate: string | null) => ({ ...base, chatTemplate });
const end = '<|im_end|>';

/** A recipe with a preset's patch. */
function patched(recipe: Recipe, patch: Record<string, unknown>): Recipe {
  const copy = structuredClone(recipe) as unknown as Record<string, Record<string, unknown>>;
  for (const [path, value] of Object.entries(patch)) {
    const [section = '', key = ''] = path.split('.');
    const target = copy[section];
    if (target) target[key] = value;
  }
  return recipeSchema.parse(copy);
}

/** The runs of trained text of a row under a preset. */
function trainedBy(id: string, template: string, messages: Message[], input: RecipeInput = {}): string[] {
  const model = modelWith(template);
  const recipe = recipeSchema.parse(input);
  const preset = spanPresets(model, recipe).find((one) => one.id === id);
  expect(preset?.unavailable).toBeNull();
  const { label } = openRunContext(model, patched(recipe, preset?.patch ?? {}));
  return trainedText(labelRow(conversation(...messages), label));
}

const messages = talk('q1', 'a1', 'q2', 'a2');

describe('rule 7: what the peers train in a Qwen2.5 row', () => {
  const qwen = stockTemplate('qwen2.5');
  it.each([
    ['trl', [`\na1${end}\n`, `\na2${end}\n`]],
    ['llama-factory', [`a1${end}\n`, `a2${end}\n`]],
    ['axolotl', [`a1${end}`, `a2${end}`]],
    ['training-wizard', [`\na2${end}\n`]],
    ['modalities', [`a1${end}\n`, `a2${end}\n`]],
    ['response-template', [`a2${end}\n`]],
  ])('%s', (id, expected) => {
    expect(trainedBy(id, qwen, messages)).toEqual(expected);
  });
  it('all', () => {
    const [all = ''] = trainedBy('all', qwen, messages);
    expect(all.startsWith('<|im_start|>system')).toBe(true);
    expect(all.endsWith(`a2${end}\n`)).toBe(true);
  });
  it('llama-factory with tool calls: the text is the stock template\u2019s', () => {
    const call = { function: { name: 'f', arguments: { a: 1 } } };
    const withCalls: Message[] = [
      ...talk('q'),
      { role: 'assistant', content: '', tool_calls: [call, call] },
      { role: 'tool', content: 'r' },
      { role: 'assistant', content: 'so', tool_calls: [call] },
    ];
    const json = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>';
    expect(trainedBy('llama-factory', qwen, withCalls)).toEqual([`${json}\n${json}${end}\n`, `so\n${json}${end}\n`]);
    const model = modelWith(qwen);
    const recipe = recipeSchema.parse({});
    const patch = spanPresets(model, recipe).find(({ id }) => id === 'llama-factory')?.patch ?? {};
    const text = (one: Recipe) => labelRow(conversation(...withCalls), openRunContext(model, one).label).text;
    expect(text(patched(recipe, patch))).toBe(text(recipe));
  });
});

describe('rule 7: what the peers train in a Qwen3 row', () => {
  const qwen3 = stockTemplate('qwen3');
  const think = '<think>\n\n</think>\n\n';
  it.each([
    ['trl', false, [`${think}a1${end}\n`, `${think}a2${end}\n`]],
    ['llama-factory', false, [`a1${end}\n`, `a2${end}\n`]],
    ['llama-factory', true, [`${think}a1${end}\n`, `${think}a2${end}\n`]],
    ['axolotl', false, [`a1${end}`, `a2${end}`]],
    ['training-wizard', false, [`${think}a2${end}\n`]],
    ['modalities', false, [`a1${end}\n`, `a2${end}\n`]],
    ['response-template', false, [`${think}a2${end}\n`]],
  ])('%s, thinking %s', (id, enable_thinking, expected) => {
    expect(trainedBy(id, qwen3, messages, { template: { enable_thinking } })).toEqual(expected);
  });
});

it.each([
  `{% for m in messages %}
    {% if m.role == 'assistant' %}
<|im_start|>assistant
        {% generation %}
{{ m.content }}${end}
        {% endgeneration %}
    {% else %}
<|im_start|>{{ m.role }}
{{ m.content }}${end}
    {% endif %}
{% endfor %}`,
  `{% for m in messages %}{{ m.role }}:{%+ generation %} {{ m.content }}${end}{% endgeneration -%}
  {% endfor %}`,
])('rule 7: Modalities\u2019 markers change no white space of a template with tags of its own', (template) => {
  const model = modelWith(template);
  const recipe = recipeSchema.parse({});
  const row = labelRow(conversation(...messages), openRunContext(model, recipe).label);
  const patch = spanPresets(model, recipe).find(({ id }) => id === 'modalities')?.patch ?? {};
  const marked = labelRow(conversation(...messages), openRunContext(model, patched(recipe, patch)).label);
  expect(marked.text).toContain('<|box_start|>');
  expect(marked.text.replace(/<\|box_(start|end)\|>/g, '')).toBe(row.text);
  expect(trainedBy('modalities', template, messages)).toEqual(trainedBy('trl', template, messages));
});

describe('presets', () => {
  it('know which is in force, and the way back', () => {
    const model = modelWith(stockTemplate('qwen2.5'));
    let recipe = recipeSchema.parse({});
    const inForce = () => spanPresets(model, recipe).flatMap(({ id, inForce: is }) => (is ? [id] : []));
    expect(inForce()).toEqual(['trl']);
    for (const id of ['llama-factory', 'modalities', 'axolotl', 'llama-factory', 'all', 'modalities', 'trl']) {
      recipe = patched(recipe, spanPresets(model, recipe).find((one) => one.id === id)?.patch ?? {});
      expect(inForce()).toEqual([id]);
    }
    expect(recipe).toEqual(recipeSchema.parse({}));
  });

  it('leave a custom template alone, and say what can\u2019t be had', () => {
    const text =
      '{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}';
    const recipe = recipeSchema.parse({ template: { source: 'custom', text } });
    const presets = spanPresets(modelWith(stockTemplate('qwen2.5')), recipe);
    const byId = Object.fromEntries(presets.map((one) => [one.id, one]));
    expect(byId['axolotl']?.patch).not.toHaveProperty(['template.source']);
    expect(byId['llama-factory']?.unavailable).toMatch(/generation/);
    expect(byId['response-template']?.patch).toMatchObject({ 'loss.response_template': '[assistant] ' });
    expect(spanPresets(modelWith(null), recipeSchema.parse({})).every(({ unavailable }) => unavailable !== null)).toBe(
      true,
    );
  });
});
