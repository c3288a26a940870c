/** The presets of the contract: their text, what is trained, and the prompt that chat sends. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../protocol/conversation';
import { recipeSchema, templatePresets } from '../../../recipe/schema';
import { talk } from '../../testing/contexts';
import { ChatTemplate } from '../chatTemplate';
import { templatePreset, templatePresetTable } from './presets';

const variables = { bos_token: '<s>', eos_token: '</s>' };
const messages: Message[] = [{ role: 'system', content: 'Be brief.' }, ...talk('q1', 'a1', 'q2', 'a2')];

const texts: Record<(typeof templatePresets)[number], string> = {
  chatml:
    '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nq1<|im_end|>\n<|im_start|>assistant\n[a1<|im_end|>]\n<|im_start|>user\nq2<|im_end|>\n<|im_start|>assistant\n[a2<|im_end|>]\n',
  alpaca:
    '<s>Be brief.\n\n### Instruction:\nq1\n\n### Response:\n[a1</s>]\n\n### Instruction:\nq2\n\n### Response:\n[a2</s>]',
  'simple-delimiters':
    '<s>### System:\nBe brief.\n\n### User:\nq1\n\n### Assistant:\n[a1</s>]\n\n### User:\nq2\n\n### Assistant:\n[a2</s>]',
  'human-assistant': '<s>Be brief.\n\nHuman: q1\n\nAssistant:[ a1</s>]\n\nHuman: q2\n\nAssistant:[ a2</s>]',
  llama3:
    '<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nq1<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n[a1<|eot_id|>]<|start_header_id|>user<|end_header_id|>\n\nq2<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n[a2<|eot_id|>]',
  zephyr:
    '<|system|>\nBe brief.</s>\n<|user|>\nq1</s>\n<|assistant|>\n[a1</s>]\n<|user|>\nq2</s>\n<|assistant|>\n[a2</s>]\n',
  phi3: '<|system|>\nBe brief.<|end|>\n<|user|>\nq1<|end|>\n<|assistant|>\n[a1<|end|>]\n<|user|>\nq2<|end|>\n<|assistant|>\n[a2<|end|>]\n',
  mistral: '<s>[INST] Be brief.\n\nq1 [/INST][ a1</s>][INST] q2 [/INST][ a2</s>]',
};

describe.each([...templatePresets])('%s', (name) => {
  const template = new ChatTemplate(templatePreset(name).source, variables);

  it('renders the format and marks answer and end token', () => {
    const { text, generations } = template.render({ messages });
    let marked = '';
    let done = 0;
    for (const { start, end } of generations) {
      marked += `${text.slice(done, start)}[${text.slice(start, end)}]`;
      done = end;
    }
    expect(marked + text.slice(done)).toBe(texts[name]);
  });

  it('rule 12: its prompt is what stands before a trained answer', () => {
    const whole = template.render({ messages });
    const { text } = template.render({ messages: messages.slice(0, -1) }, { addGenerationPrompt: true });
    expect(text).toBe(whole.text.slice(0, whole.generations.at(-1)?.start));
  });

  it('works without a system turn', () => {
    const { text, generations } = template.render({ messages: messages.slice(1) });
    expect(text).not.toContain('Be brief');
    expect(generations).toHaveLength(2);
  });

  it('is named in the table', () => {
    expect(templatePresetTable.find((preset) => preset.name === name)).toMatchObject({ name });
    expect(recipeSchema.parse({ template: { source: 'preset', preset: name } }).template.preset).toBe(name);
  });
});

it('Alpaca has an input section, and its opening sentences', () => {
  const template = new ChatTemplate(templatePreset('alpaca').source, variables);
  const [question, answer] = talk('Translate.\n\nGood day 👋', 'Bonjour') as [Message, Message];
  const textOf = (input: string): string => template.render({ messages: [{ ...question, input }, answer] }).text;
  expect(textOf('Good day 👋')).toBe(
    '<s>Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\nTranslate.\n\n### Input:\nGood day 👋\n\n### Response:\nBonjour</s>',
  );
  // A text that was changed since no longer ends with it: the text counts.
  expect(textOf('Good evening')).toContain('### Instruction:\nTranslate.\n\nGood day 👋\n\n### Response:');
  expect(textOf('Good evening')).not.toContain('### Input');
});

it.each(['alpaca', 'simple-delimiters', 'human-assistant', 'zephyr', 'phi3', 'mistral'] as const)(
  'rule 11: %s refuses a role that it has no form for',
  (name) => {
    const template = new ChatTemplate(templatePreset(name).source, variables);
    expect(() => template.render({ messages: [...talk('q', 'a'), { role: 'tool', content: 'r' }] })).toThrow(
      /role tool/,
    );
  },
);
