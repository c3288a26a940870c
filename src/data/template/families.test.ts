/** A training template takes the place of a template only where both write the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stockTemplate } from '../testing/stockTemplates';
import { recogniseFamily } from './families';

const variables = { bos_token: '<s>', eos_token: '</s>', enable_thinking: false };
const qwen = stockTemplate('qwen2.5');
const changed = (from: string, to: string): string => {
  expect(qwen).toContain(from);
  return qwen.replaceAll(from, () => to);
};

it('the built-in model\u2019s template is ChatML', () => {
  const config = JSON.parse(
    readFileSync(new URL('../../../public/models/builtin/tokenizer_config.json', import.meta.url), 'utf8'),
  ) as { chat_template: string };
  expect(recogniseFamily(config.chat_template, variables)?.name).toBe('chatml');
});

describe('a template that somebody changed', () => {
  it('is still of its family when only its spelling changed', () => {
    expect(recogniseFamily(`{#- mine #}${qwen}`, variables)?.name).toBe('qwen2.5');
  });
  it.each([
    [
      'arguments that are a text stand as they are',
      'tool_call.arguments | tojson',
      '(tool_call.arguments if tool_call.arguments is string else tool_call.arguments | tojson)',
    ],
    [
      'a text beside calls is left out',
      "{{- '\\n' + message.content }}\n        {%- endif %}",
      "{{- '' }}\n        {%- endif %}",
    ],
    [
      'names are written',
      "{{- '<|im_start|>' + message.role + '\\n' + message.content",
      "{{- '<|im_start|>' + (message.name or message.role) + '\\n' + message.content",
    ],
  ])('is its own when %s', (_, from, to) => {
    expect(recogniseFamily(changed(from, to), variables)).toBeNull();
  });
});
