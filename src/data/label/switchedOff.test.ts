/** `weight` 0 and `train` false win over every rule, also for messages that a template writes outside of its loop. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import type { RecipeInput } from '../../recipe/schema';
import { conversation, qwenContext } from '../testing/contexts';
import { stockTemplate } from '../testing/stockTemplates';
import { labelRow } from './labelRow';

const tokens = { variables: { bos_token: '<|object_ref_start|>', eos_token: '<|endoftext|>' } };

function trained(template: string, messages: Message[], loss: RecipeInput['loss'] = {}): string {
  const { text, labels, offsets } = labelRow(
    conversation(...messages),
    qwenContext({ loss, template: tokens }, stockTemplate(template)).label,
  );
  return labels
    .map((label, at) => (label === ignoreLabel ? '' : text.slice(offsets[at * 2], offsets[at * 2 + 1])))
    .join('');
}

const system: Message = { role: 'system', content: 'Speak like SYS.', weight: 0 };
const question: Message = { role: 'user', content: 'QUESTION' };
const answer: Message = { role: 'assistant', content: 'ANSWER' };
const off = (message: Message): Message => ({ ...message, train: false });
const templates = ['qwen2.5', 'qwen3', 'gemma3', 'mistral', 'llama3', 'phi3', 'chatml'];

describe.each(templates)('%s', (template) => {
  it('a system turn that is switched off is not trained where all else is', () => {
    const text = trained(template, [system, question, answer], { train_on: 'all' });
    expect(text).not.toContain('SYS');
    expect(text).toContain('QUESTION');
    expect(text).toContain('ANSWER');
    const answerOnly = trained(template, [system, off(question), answer], { train_on: 'all' });
    expect(answerOnly).not.toMatch(/SYS|QUESTION/);
    expect(answerOnly).toContain('ANSWER');
  });

  it('a system turn that is switched off keeps no row from being used', () => {
    const plain = trained(template, [{ role: 'system', content: system.content }, question, answer]);
    expect(trained(template, [system, question, answer])).toBe(plain);
  });
});

it.each(['phi3', 'phi3.5'])(
  '%s: the end of the text after an answer that is switched off is not trained',
  (template) => {
    expect(trained(template, [question, answer, question, off({ ...answer, content: 'LAST' })])).toBe(
      'ANSWER<|end|>\n',
    );
    expect(trained(template, [question, off(answer)])).toBe('');
  },
);

it('a template that hides its turns is refused only where a mask would be lost', () => {
  const hidden = "{{ messages | map(attribute='content') | join(' ') }}";
  const label = (...messages: Message[]): unknown =>
    labelRow(conversation(...messages), qwenContext({ loss: { train_on: 'all' } }, hidden).label);
  expect(() => label(system, question, answer)).toThrow(expect.objectContaining({ code: 'template/turns-unknown' }));
  expect(() => label(question, answer)).not.toThrow();
});
