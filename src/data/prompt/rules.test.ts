/** rules.md 12 and 13: chat sends what training saw. */
import { describe, expect, it } from 'vitest';
import { ignoreLabel } from '../../protocol/example';
import type { RecipeInput } from '../../recipe/schema';
import { labelRow } from '../label/labelRow';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { stockTemplate } from '../testing/stockTemplates';
import { renderPrompt } from './renderPrompt';

const messages = talk('q1', 'a1', 'q2', 'a2');
const system = 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.';
const think = '<think>\n\n</think>\n\n';
const text = (template: string, recipe: RecipeInput = {}): string =>
  labelRow(conversation(...messages), qwenContext(recipe, stockTemplate(template)).label).text;
const prompt = (template: string, recipe: RecipeInput = {}): string =>
  renderPrompt(messages.slice(0, 3), qwenContext(recipe, stockTemplate(template))).text;

describe('rule 12: Qwen', () => {
  it('rule 12: Qwen2.5 injects a default system prompt, in training and in chat; Qwen3 does not', () => {
    expect(text('qwen2.5').startsWith(`<|im_start|>system\n${system}<|im_end|>\n`)).toBe(true);
    expect(prompt('qwen2.5').startsWith(`<|im_start|>system\n${system}<|im_end|>\n`)).toBe(true);
    expect(text('qwen3').startsWith('<|im_start|>user')).toBe(true);
    expect(prompt('qwen3').startsWith('<|im_start|>user')).toBe(true);
  });
  it('rule 12: the token that ends an answer is trained, and is not the pad token', () => {
    const { ids, labels } = labelRow(conversation(...messages), qwenContext({}, stockTemplate('qwen2.5')).label);
    const stops = ids.flatMap((id, at) => (id === 151645 ? [labels[at]] : []));
    expect(stops).toEqual([ignoreLabel, ignoreLabel, 151645, ignoreLabel, 151645]);
    expect(ids).not.toContain(151643);
  });
  it('rule 12: the prompt of a chat is the beginning of the row it was trained on', () => {
    expect(text('qwen2.5').startsWith(prompt('qwen2.5'))).toBe(true);
  });
});

describe('rule 13: one thinking switch', () => {
  it('rule 13: answers directly: the empty thought stands in the row and in the prompt', () => {
    const recipe: RecipeInput = { template: { enable_thinking: false } };
    expect(text('qwen3', recipe).endsWith(`<|im_start|>assistant\n${think}a2<|im_end|>\n`)).toBe(true);
    expect(prompt('qwen3', recipe).endsWith(`<|im_start|>assistant\n${think}`)).toBe(true);
  });
  it('rule 13: thinks first: the prompt leaves the thought to the model', () => {
    const recipe: RecipeInput = { template: { enable_thinking: true } };
    expect(prompt('qwen3', recipe).endsWith('<|im_start|>assistant\n')).toBe(true);
  });
  it('rule 13: the stock template takes earlier thoughts away, so that a row is no prefix of a longer one', () => {
    const thought = talk('q', '<think>\nhm\n</think>\n\na', 'r', 'b');
    const context = qwenContext({ loss: { span: 'content' } }, stockTemplate('qwen3')).label;
    const long = labelRow(conversation(...thought), context).text;
    const short = labelRow(conversation(...thought.slice(0, 2)), context).text;
    expect(short).toContain('hm');
    expect(long).not.toContain('hm');
    expect(long.startsWith(short)).toBe(false);
  });
});
