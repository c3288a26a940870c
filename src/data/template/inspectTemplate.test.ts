import { describe, expect, it } from 'vitest';
import { qwenTokenizer } from '../testing/qwen25';
import { stockTemplate } from '../testing/stockTemplates';
import { recogniseFamily } from './families';
import { inspectTemplate } from './inspectTemplate';

const tokenizer = qwenTokenizer();
const inspect = (text: string) => inspectTemplate(text, tokenizer, { ...tokenizer.variables, greeting: 'hi' });

describe('inspectTemplate', () => {
  it('tells the family, the tokens and that they are single tokens', () => {
    const report = inspect(stockTemplate('qwen2.5'));
    expect(report).toMatchObject({ error: null, variables: [], hasGenerationTags: false, family: 'qwen2.5' });
    expect(report.specialTokens).toContainEqual({ text: '<|im_end|>', isToken: true, id: 151645 });
    expect(report.specialTokens).toContainEqual({ text: '<tool_call>', isToken: true, id: 151657 });
  });
  it('names tokens that this tokenizer does not have, and those in variables', () => {
    const report = inspect('[INST]<|user|>{{ eos_token }}{# <|hidden|> #}{% generation %}x{% endgeneration %}');
    expect(report.hasGenerationTags).toBe(true);
    expect(report.specialTokens).toEqual([
      { text: '[INST]', isToken: false, id: null },
      { text: '<|user|>', isToken: false, id: null },
      {
        text: tokenizer.variables['eos_token'],
        isToken: true,
        id: tokenizer.idOf(String(tokenizer.variables['eos_token'])),
      },
    ]);
  });
  it('finds the variables that nobody gives', () => {
    const text =
      '{{ greeting }}{{ messages }}{{ eos_token }}{{ strftime_now("%Y") }}{% set own = 1 %}{{ own }}{% for m in messages %}{{ m.x }}{{ loop.index }}{{ names[m.role] }}{% endfor %}' +
      '{% macro f(a, b=later) %}{{ a }}{{ b }}{{ caller() }}{% endmacro %}{% if not date is defined %}{% set date = "d" %}{% endif %}{{ date }}';
    expect(inspect(text).variables).toEqual(['date', 'greeting', 'later', 'names']);
  });
  it('gives the line and column of an error, and still looks at the rest', () => {
    const report = inspect('<|im_end|>\n{% if x %}\n  {{ y | nosuch }}{% endif %}{{ z | nosuch }}');
    expect(report.error).toMatchObject({ code: 'template/invalid', data: { line: 3, column: 37 } });
    expect(report.specialTokens).toHaveLength(1);
    expect(inspect('a\n{{ b').error).toMatchObject({ data: { line: 2, column: 1 } });
  });
});

it.each([
  'qwen2.5',
  'qwen3',
  'qwen3-instruct-2507',
  'chatml',
  'smollm2',
  'llama3',
  'phi3',
  'phi3.5',
  'gemma',
  'gemma3',
  'mistral-v0.1',
  'mistral',
  'mistral-v0.3',
  'zephyr',
])('rule 6: %s is known by its stock text, and respelled by what it renders', (name) => {
  const variables = { bos_token: '<s>', eos_token: '</s>' };
  const source = stockTemplate(name);
  expect(recogniseFamily(source, variables)?.name).toBe(name);
  // Qwen3's training template writes other text than the stock one: only its own text tells it.
  if (name !== 'qwen3') expect(recogniseFamily(`{# respelled #}${source}`, variables)?.name).toBe(name);
  expect(recogniseFamily(`${source}!`, variables)).toBeNull();
});
