import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workMs } from '../../lib/testing/stopwatch';
import { readRow } from '../../formats/jsonl/readRow';
import type { Conversation, Message } from '../../protocol/conversation';
import type { FixName } from '../../protocol/edits';
import { recipeSchema } from '../../recipe/schema';
import { detectFormat } from '../judge/detect';
import { judgeRow } from '../judge/judgeRow';
import { normalizeWeights, type WeightRange } from '../judge/weightRanges';
import { labelRow } from '../label/labelRow';
import { a, anyConversation, meta, of, range, u } from '../testing/anyConversation';
import { qwenContext } from '../testing/contexts';
import { applyFixes } from './applyFixes';
import { applyWeights, type WeightEdit } from './applyWeights';
import { conversationToLine, conversationToRow } from './serialize';

const tokens = ['<|im_end|>', '<|im_start|>', '<s>', '< s>', '|'];
const fixed = (conversation: Conversation, ...fixes: FixName[]): Message[] =>
  applyFixes(conversation, fixes, tokens).messages;

describe('saved rows', () => {
  it('read back as the same conversation', () => {
    const { dataset } = recipeSchema.parse({});
    fc.assert(
      fc.property(anyConversation, fc.boolean(), (plain, hasTools) => {
        const conversation = hasTools ? { ...plain, tools: [{ type: 'function', function: { name: 'f' } }] } : plain;
        const row: unknown = JSON.parse(JSON.stringify(conversationToRow(conversation)));
        const judged = judgeRow(row, meta, { dataset, trainOn: 'all', detection: detectFormat([row], null, dataset) });
        expect(judged.ok ? judged.conversation : judged.error).toEqual(conversation);
      }),
    );
  });

  it('as a line keep numbers and keys of calls as the file has them', () => {
    const args = '{"b":1.0,"2":12345678901234567890,"1":[1e3,{"x":-0.0}],"__proto__":{"y":"ü\\n"}}';
    const line = `{"messages":[{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":${args}}}]}],"tools":[{"type":"function","max":2.50}]}`;
    const { value } = readRow(new TextEncoder().encode(line), 1, 1 << 20);
    const { dataset } = recipeSchema.parse({});
    const judged = judgeRow(value, meta, { dataset, trainOn: 'all', detection: detectFormat([value], null, dataset) });
    if (!judged.ok) throw new Error(judged.error.message);
    expect(conversationToLine(judged.conversation)).toBe(line);
    fc.assert(
      fc.property(anyConversation, (conversation) => {
        expect(JSON.parse(conversationToLine(conversation))).toEqual(conversationToRow(conversation));
      }),
    );
    const deep = JSON.parse('['.repeat(10_000) + ']'.repeat(10_000)) as unknown;
    expect(conversationToLine(of(a('x', { tool_calls: [{ function: { name: 'f', arguments: deep } }] })))).toContain(
      '[[[[',
    );
  });

  it('plain text stays plain text', () => {
    const { dataset } = recipeSchema.parse({});
    const row = conversationToRow({ messages: [], text: 'Once.', meta });
    const judged = judgeRow(row, meta, { dataset, trainOn: 'all', detection: detectFormat([row], null, dataset) });
    expect(judged).toMatchObject({ conversation: { text: 'Once.', messages: [] } });
  });
});

describe('fixes', () => {
  it('merge_turns joins neighbours of one role, and keeps what is said of each', () => {
    expect(fixed(of(u('a'), u('b'), a('c'), a('d')), 'merge_turns')).toEqual([u('a\n\nb'), a('c\n\nd')]);
    const calls = [{ function: { name: 'f', arguments: {} } }];
    expect(
      fixed(
        of(u('q'), a('', { tool_calls: calls, reasoning_content: 'r' }), a('d', { tool_calls: calls })),
        'merge_turns',
      ),
    ).toEqual([u('q'), a('d', { tool_calls: [...calls, ...calls], reasoning_content: 'r' })]);
    const apart = [
      u('a', { name: 'Ann' }),
      u('b', { name: 'Bob' }),
      { role: 'tool', content: '1' },
      { role: 'tool', content: '2' },
    ];
    expect(fixed(of(...apart), 'merge_turns')).toEqual(apart);
  });

  it('merge_turns keeps a mask on the part that had it', () => {
    expect(fixed(of(u('q'), a('old', { weight: 0 }), a('new')), 'merge_turns')[1]).toEqual(
      a('old\n\nnew', { weights: [{ start: 0, end: 3, weight: 0 }] }),
    );
    expect(
      fixed(
        of(u('q'), a('new', { weights: [{ start: 1, end: 2, weight: 0 }] }), a('old', { train: false })),
        'merge_turns',
      )[1],
    ).toEqual(
      a('new\n\nold', {
        weights: [
          { start: 1, end: 2, weight: 0 },
          { start: 5, end: 8, weight: 0 },
        ],
      }),
    );
    expect(fixed(of(u('q'), a('x', { weight: 0 }), a('y', { weight: 0 })), 'merge_turns')[1]).toEqual(
      a('x\n\ny', { weight: 0 }),
    );
  });

  it('drop_empty_turns, drop_unanswered', () => {
    const calls = [{ function: { name: 'f', arguments: {} } }];
    const conversation = of(u(' '), u('a'), a(''), a('', { tool_calls: calls }), a('b'), u('c'), {
      role: 'tool',
      content: '1',
    });
    expect(fixed(conversation, 'drop_empty_turns')).toEqual([
      u('a'),
      a('', { tool_calls: calls }),
      a('b'),
      u('c'),
      { role: 'tool', content: '1' },
    ]);
    expect(fixed(conversation, 'drop_unanswered', 'drop_empty_turns').at(-1)).toEqual(a('b'));
    expect(fixed(of(u('a')), 'drop_unanswered')).toEqual([u('a')]);
    expect(fixed(of(u('')), 'drop_empty_turns')).toEqual([u('')]);
  });

  it('trim moves ranges along', () => {
    const weights = [{ start: 0, end: 4, weight: 0 as const }];
    expect(fixed(of(u(' a '), a('\n bc d\n', { weights })), 'trim')).toEqual([
      u('a'),
      a('bc d', { weights: [{ start: 0, end: 2, weight: 0 }] }),
    ]);
    expect(fixed(of(a('  ', { weights: [{ start: 0, end: 1, weight: 1 }] })), 'trim')).toEqual([a('')]);
  });

  it('escape_control_tokens breaks each token with a space after its first character', () => {
    const weights = [{ start: 2, end: 12, weight: 0 as const }];
    expect(fixed(of(a('x <|im_end|> y', { weights })), 'escape_control_tokens')).toEqual([
      a('x < |im_end|> y', { weights: [{ start: 2, end: 13, weight: 0 }] }),
    ]);
    // Breaking one may make another: both are broken.
    expect(fixed(of(a('<s>')), 'escape_control_tokens')[0]?.content).toBe('<  s>');
    expect(applyFixes({ messages: [], text: '<s>', meta }, ['escape_control_tokens'], ['<s>']).text).toBe('< s>');
  });

  it('escaped texts hold no control token for the real tokenizer, and are read as text', () => {
    const { model, label } = qwenContext();
    const special = model.tokenizer.addedTokens.filter((token) => token.special).map(({ content }) => content);
    const conversation = of(u('What does <|im_end|> do?<|endoftext|>'), a('It <|im_start|>ends.'));
    expect(labelRow(conversation, label).warnings.map(({ code }) => code)).toContain('data/control-token');
    const escaped = applyFixes(conversation, ['escape_control_tokens'], special);
    expect(labelRow(escaped, label).warnings).toEqual([]);
    for (const { content } of escaped.messages)
      expect(
        model.tokenizer.addedTokensIn(typeof content === 'string' ? content : '').filter((token) => token.special),
      ).toEqual([]);
  });

  it('are pure, keep ranges inside of the text, and done twice change nothing more', () => {
    const names: FixName[] = [
      'drop_row',
      'merge_turns',
      'drop_empty_turns',
      'drop_unanswered',
      'trim',
      'escape_control_tokens',
    ];
    fc.assert(
      fc.property(anyConversation, fc.constantFrom(...names), (conversation, fix) => {
        const before = structuredClone(conversation);
        const once = applyFixes(conversation, [fix], tokens);
        expect(conversation).toEqual(before);
        expect(once.messages.length).toBeGreaterThan(0);
        for (const { content, weights } of once.messages) {
          expect(weights).toEqual(weights && normalizeWeights(weights));
          for (const { start, end } of weights ?? []) {
            expect(start).toBeLessThan(end);
            expect(end).toBeLessThanOrEqual(typeof content === 'string' ? content.length : 0);
          }
        }
        expect(applyFixes(once, [fix], tokens)).toEqual(once);
      }),
    );
  });

  it('leave marks on the same words', () => {
    fc.assert(
      fc.property(
        anyConversation,
        fc.constantFrom('trim' as const, 'escape_control_tokens' as const),
        (conversation, fix) => {
          const marked = ({ content, weights }: Message): string[] =>
            (weights ?? [])
              .map(({ start, end, weight }) => weight + (typeof content === 'string' ? content : '').slice(start, end))
              .map((words) => words.replace(/\s/g, ''))
              .filter((words) => words.length > 1);
          const after = applyFixes(conversation, [fix], tokens).messages.map(marked);
          // A range of white space alone may vanish, and so join its neighbours of one weight; words do not move.
          const flat = (lists: string[][]): string[] =>
            lists.map((list) => [...list.join('')].filter((unit) => unit !== '0' && unit !== '1').join(''));
          expect(flat(after)).toEqual(flat(conversation.messages.map(marked)));
        },
      ),
    );
  });
});

describe('weights by hand', () => {
  const conversation = of(u('question'), a('answer', { weight: 0, weights: [{ start: 0, end: 2, weight: 1 }] }));
  const weigh = (...edits: WeightEdit[]): Message[] => applyWeights(conversation, edits).messages;
  const turn = (message: number, weight: 0 | 1): WeightEdit => ({ message, start: null, end: null, weight });
  const part = (message: number, start: number, end: number, weight: 0 | 1): WeightEdit => ({
    message,
    start,
    end,
    weight,
  });

  it('of a whole turn', () => {
    expect(weigh(turn(1, 1))).toEqual([u('question'), a('answer')]);
    expect(weigh(turn(1, 0))).toEqual([u('question'), a('answer', { weight: 0 })]);
    expect(weigh(turn(0, 1))[0]).toEqual(u('question', { weights: [{ start: 0, end: 8, weight: 1 }] }));
    expect(weigh(turn(0, 1), turn(0, 0))[0]).toEqual(u('question', { weight: 0 }));
    expect(
      applyWeights(of(u('q'), a('a'), u('r'), a('b')), [turn(1, 1)], (all, index) => index === all.length - 1)
        .messages[1],
    ).toEqual(a('a', { weights: [{ start: 0, end: 1, weight: 1 }] }));
  });

  it('of parts: sorted, joined, the later one wins', () => {
    expect(weigh(part(0, 4, 8, 1), part(0, 0, 4, 1), part(0, 2, 3, 0))[0]).toEqual(
      u('question', {
        weights: [
          { start: 0, end: 2, weight: 1 },
          { start: 2, end: 3, weight: 0 },
          { start: 3, end: 8, weight: 1 },
        ],
      }),
    );
    expect(weigh(part(1, 1, 4, 1))[1]).toEqual(a('answer', { weight: 0, weights: [{ start: 0, end: 4, weight: 1 }] }));
  });

  it('beyond the row do nothing; the row that comes in stays', () => {
    const before = structuredClone(conversation);
    expect(weigh(turn(7, 0), part(0, 9, 20, 1), part(-1, 0, 1, 0))).toEqual(conversation.messages);
    expect(weigh(part(0, -5, 99, 0))[0]).toEqual(u('question', { weights: [{ start: 0, end: 8, weight: 0 }] }));
    expect(conversation).toEqual(before);
  });

  it('are what the trainer gets', () => {
    const { model, label } = qwenContext();
    const trained = (edits: WeightEdit[]): string => {
      const { labels } = labelRow(applyWeights(of(u('Who is it?'), a('It is Ann Smith.')), edits), label);
      return model.tokenizer.decode(labels.filter((id) => id >= 0));
    };
    expect(trained([])).toBe('\nIt is Ann Smith.<|im_end|>\n');
    expect(trained([part(1, 9, 15, 0)])).toBe('\nIt is Ann.<|im_end|>\n');
    expect(trained([turn(1, 0), part(1, 5, 9, 1)])).toBe(' Ann');
    expect(trained([turn(1, 0), turn(1, 1)])).toBe('\nIt is Ann Smith.<|im_end|>\n');
  });

  it('normalised ranges say at each place what the list said', () => {
    const at = (ranges: readonly WeightRange[], place: number): number | undefined =>
      ranges.findLast(({ start, end }) => start <= place && place < end)?.weight;
    fc.assert(
      fc.property(fc.array(range(20), { maxLength: 12 }), (ranges) => {
        const normal = normalizeWeights(ranges);
        for (let place = 0; place < 20; place++) expect(at(normal, place)).toBe(at(ranges, place));
        normal.forEach(({ start, end, weight }, index) => {
          const before = normal[index - 1];
          expect(start).toBeLessThan(end);
          if (before) expect(before.end < start || (before.end === start && before.weight !== weight)).toBe(true);
        });
      }),
    );
  });

  it('ten thousand ranges are normalised at once: four times as many take about four times as long', () => {
    const nested = (count: number): WeightRange[] =>
      Array.from({ length: count }, (_, index) => ({
        start: index,
        end: 2 * count - index,
        weight: index % 2 ? 1 : 0,
      }));
    const few = nested(10_000);
    const many = nested(40_000);
    expect(normalizeWeights(few)).toHaveLength(19_999);
    const least = (ranges: WeightRange[]): number =>
      Math.min(...[1, 2, 3].map(() => workMs(() => void normalizeWeights(ranges))));
    // n log n makes 4.6 of it, n² would make 16.
    expect(least(many) / least(few)).toBeLessThan(10);
  });
});
