/** A row of very many turns (a chat's whole log) is labelled in linear time. */
import { expect, it } from 'vitest';
import type { Conversation, Message } from '../../protocol/conversation';
import type { ChatTemplate, Rendered } from '../template/chatTemplate';
import { contentSpans } from '../template/contentSpans';
import { conversation } from '../testing/contexts';
import { trainedSpans, type SpanContext } from './spanRules';
import { switchedOff } from './switchedOff';

const turns = 60_000;

function rendered({ messages }: Pick<Conversation, 'messages'>): Rendered {
  let text = '';
  const places = messages.map(({ role, content }, message) => {
    const start = text.length;
    text += `${role}: ${typeof content === 'string' ? content : ''}\n`;
    return { message, start, end: text.length };
  });
  return { text, turns: places, generations: places.filter(({ message }) => message % 2 === 1) };
}
const template = { render: rendered } as unknown as ChatTemplate;
const long = (changes: (index: number) => Partial<Message>): Conversation =>
  conversation(
    ...Array.from({ length: turns }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: 'yes',
      ...changes(index),
    })),
  );
const answers = (row: Conversation, trainOn: SpanContext['trainOn']): number =>
  trainedSpans(row, rendered(row), { template, rule: { kind: 'generation' }, trainOn } as SpanContext).trained.length;

it.each<[name: string, work: () => number, count: number]>([
  ['every turn off', () => spansOff(long(() => ({ weight: 0 }))), turns],
  [
    'one answer off',
    () =>
      answers(
        long((index) => (index === 1 ? { weight: 0 } : {})),
        'all_assistant',
      ),
    turns / 2 - 1,
  ],
  [
    'the last answer',
    () =>
      answers(
        long(() => ({})),
        'last_assistant',
      ),
    1,
  ],
  [
    'contents',
    () =>
      contentSpans(
        template,
        long(() => ({})),
        rendered(long(() => ({}))),
      ).length,
    turns,
  ],
])('%s', (_, work, count) => {
  const begun = performance.now();
  expect(work()).toBe(count);
  expect(performance.now() - begun).toBeLessThan(3000);
});

function spansOff(row: Conversation): number {
  return switchedOff(row, rendered(row), template, 'all_assistant').length;
}
