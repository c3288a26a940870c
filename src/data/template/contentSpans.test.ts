import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import { conversation, talk } from '../testing/contexts';
import { stockTemplate } from '../testing/stockTemplates';
import { ChatTemplate } from './chatTemplate';
import { contentSpans } from './contentSpans';

const variables = { bos_token: '<s>', eos_token: '</s>', enable_thinking: false };
const names = [
  'qwen2.5',
  'qwen3',
  'chatml',
  'llama3',
  'smollm2',
  'mistral-v0.1',
  'mistral',
  'mistral-v0.3',
  'zephyr',
  'phi3',
  'gemma',
  'gemma3',
];

const textOf = (message: Message | undefined): string => (typeof message?.content === 'string' ? message.content : '');

function places(source: string, messages: Message[]) {
  const template = new ChatTemplate(source, variables);
  const row = conversation(...messages);
  const rendered = template.render(row);
  return contentSpans(template, row, rendered).map((span) => ({
    ...span,
    shown: rendered.text.slice(span.start, span.end),
  }));
}

describe.each(names)('%s', (name) => {
  const source = stockTemplate(name);
  it('shows each content at its place, trimmed or not', () => {
    const messages = talk('  q one\n', '\n\n a one  ', 'q one', '👍🏽 a\n\ntwo\n');
    const found = places(source, messages);
    expect(found.map(({ message }) => message).toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3]);
    for (const { message, contentStart, shown } of found) {
      const content = textOf(messages[message]);
      expect(shown.trim()).toBe(content.trim());
      expect(content.slice(contentStart, contentStart + shown.length)).toBe(shown);
    }
  });

  it('any texts', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      '\n',
      'user',
      '<|im_end|>',
      'qz0kv',
      '[INST]',
      '</s>',
      '👍',
      'e\u0301',
      '{{ x }}',
    );
    const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 6 }), (texts) => {
        const messages = talk(...texts.slice(0, texts.length - (texts.length % 2)));
        for (const { message, contentStart, shown } of places(source, messages)) {
          const content = textOf(messages[message]);
          expect(shown.trim()).toBe(content.trim());
          expect(content.slice(contentStart, contentStart + shown.length)).toBe(shown);
        }
      }),
      { numRuns: 60 },
    );
  });
});

it('finds an answer with its thought where the template shows that, and a system prompt inside a question', () => {
  const thought = '<think>\nhm\n</think>\n\nFour.';
  const qwen3 = places(stockTemplate('qwen3'), talk('q', thought, 'r', thought));
  expect(qwen3.map(({ message, shown, contentStart }) => [message, shown, contentStart])).toEqual([
    [0, 'q', 0],
    [1, 'Four.', thought.indexOf('Four.')],
    [2, 'r', 0],
    [3, thought, 0],
  ]);
  const system: Message[] = [{ role: 'system', content: ' be brief ' }, ...talk('q1', 'a1', 'q2', 'a2')];
  expect(places(stockTemplate('gemma3'), system).map(({ shown }) => shown)).toEqual([
    ' be brief ',
    'q1',
    'a1',
    'q2',
    'a2',
  ]);
  expect(
    places(stockTemplate('mistral-v0.3'), [...system, { role: 'user', content: 'q3' }]).map(({ message }) => message),
  ).toEqual([1, 2, 3, 4, 0, 5]);
});

it('says when a template hides a content', () => {
  expect(() => places('{% for m in messages %}{{ m.content | upper }}{% endfor %}', talk('a', 'b'))).toThrow(
    /messages\[\d\]\.content: the template changes this text/,
  );
});
