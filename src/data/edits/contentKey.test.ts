import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../protocol/conversation';
import { a, anyConversation, meta, of, u } from '../testing/anyConversation';
import { contentKey } from './contentKey';

describe('content keys', () => {
  it('are equal for equal rows, wherever they stand and whatever is trained of them', () => {
    fc.assert(
      fc.property(anyConversation, (conversation) => {
        const copy: Conversation = {
          ...structuredClone(conversation),
          messages: conversation.messages.map(
            ({ weight: _weight, train: _train, weights: _weights, ...message }) => message,
          ),
          meta: { row: 7, line: 9 },
        };
        expect(contentKey(copy)).toBe(contentKey(conversation));
      }),
    );
  });

  it('differ where anything differs', () => {
    const rows: Conversation[] = [
      of(u('ab'), a('c')),
      of(u('a'), a('bc')),
      of(u('ab'), a('c ')),
      of(u('ab'), u('c')),
      of(u('ab'), a('C')),
      of(u('ab'), a('c'), a('')),
      of(u('ab'), a('c', { reasoning_content: '' })),
      of(u('ab'), a('c', { name: 'x' })),
      of(u('ab'), a('c', { tool_call_id: 'x' })),
      of(u('ab'), { role: 'assistant', content: null }),
      of(u('ab'), a('c', { tool_calls: [{ function: { name: 'f', arguments: '1' } }] })),
      of(u('ab'), a('c', { tool_calls: [{ function: { name: 'f', arguments: 1 } }] })),
      { ...of(u('ab'), a('c')), tools: [{ name: 'x' }] },
      { messages: [], text: 'abc', meta },
      { messages: [], text: 'abcd', meta },
    ];
    expect(new Set(rows.map(contentKey)).size).toBe(rows.length);
  });

  it('do not collide among 200,000 rows that differ in a digit', () => {
    const keys = new Set<bigint>();
    for (let index = 0; index < 200_000; index++)
      keys.add(contentKey(of(u(`What is ${index}?`), a(`It is ${index % 7}.`))));
    expect(keys.size).toBe(200_000);
  });

  it('differ for calls nested 10,000 deep, too', () => {
    const deep = (middle: string): unknown => JSON.parse('['.repeat(10_000) + middle + ']'.repeat(10_000));
    const key = (args: unknown): bigint =>
      contentKey(of(a('x', { tool_calls: [{ function: { name: 'f', arguments: args } }] })));
    expect(key(deep('1'))).toBe(key(deep('1')));
    expect(key(deep('1'))).not.toBe(key(deep('2')));
    expect(key(12n)).not.toBe(key(13n));
  });
});
