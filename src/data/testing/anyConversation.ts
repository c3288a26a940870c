/** Short turns, and conversations of all kinds for property tests. */
import fc from 'fast-check';
import type { Conversation, Message } from '../../protocol/conversation';
import { normalizeWeights, type WeightRange } from '../judge/weightRanges';

export const meta = { row: 0, line: 1 };
export const u = (content: string, more: Partial<Message> = {}): Message => ({ role: 'user', content, ...more });
export const a = (content: string, more: Partial<Message> = {}): Message => ({ role: 'assistant', content, ...more });
export const of = (...messages: Message[]): Conversation => ({ messages, meta });

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', ' ', '\n', ' a ', '<|im_end|>', 'x<s>y< s>', '<<|im_end|>', '😀', '</think>'),
);
export const range = (length: number): fc.Arbitrary<WeightRange> =>
  fc
    .tuple(fc.nat(length), fc.nat(length), fc.constantFrom(0 as const, 1 as const))
    .map(([one, other, weight]) => ({ start: Math.min(one, other), end: Math.max(one, other), weight }));
const message: fc.Arbitrary<Message> = fc
  .tuple(fc.constantFrom('user', 'assistant', 'tool', 'system'), text)
  .chain(([role, content]) =>
    fc
      .record(
        {
          weights: fc.array(range(content.length), { minLength: 1, maxLength: 4 }),
          weight: fc.constantFrom(0, 1),
          train: fc.boolean(),
          reasoning_content: text,
          name: fc.constantFrom('n', 'm'),
          tool_call_id: fc.constant('1'),
          tool_calls: fc.constantFrom(
            [{ id: 'c', type: 'function', function: { name: 'f', arguments: { x: [1, 'ü'] } } }],
            [{ function: { name: 'g', arguments: '{"a": 1}' } }],
          ),
        },
        { requiredKeys: [] },
      )
      .map(({ weights, ...more }) => {
        const normal = normalizeWeights(weights ?? []);
        const known: unknown = { role, content, ...more, ...(normal.length > 0 ? { weights: normal } : {}) };
        return known as Message;
      }),
  );
export const anyConversation: fc.Arbitrary<Conversation> = fc
  .array(message, { minLength: 1, maxLength: 6 })
  .map((messages) => ({ messages: [...messages, a('end')], meta }));
