import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Conversation, Message } from '../../protocol/conversation';
import type { FixName } from '../../protocol/edits';
import { recipeSchema } from '../../recipe/schema';
import { detectFormat } from '../judge/detect';
import { judgeRow } from '../judge/judgeRow';
import { normalizeWeights, type WeightRange } from '../judge/weightRanges';
import { labelRow } from '../label/labelRow';
import { qwenContext } from '../testing/contexts';
import { applyFixes } from './applyFixes';
import { applyWeights, type WeightEdit } from './applyWeights';
import { contentKey } from './contentKey';
import { fixesFor } from './fixes';
import { conversationToRow } from './serialize';

const meta = { row: 0, line: 1 };
const u = (content: string, more: Partial<Message> = {}): Message => ({ role: 'user', content, ...more });
const a = (content: string, more: Partial<Message> = {}): Message => ({ role: 'assistant', content, ...more });
const of = (...messages: Message[]): Conversation => ({ messages, meta });
const tokens = ['<|im_end|>', '<|im_start|>', '<s>', '< s>', '|'];
const fixed = (conversation: Conversation, ...fixes: FixName[]): Message[] =>
  applyFixes(conversation, fixes, tokens).messages;

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', ' ', '\n', ' a ', '<|im_end|>', 'x<s>y< s>', '<<|im_end|>', '😀', '</think>'),
);
const range = (length: number): fc.Arbitrary<WeightRange> =>
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
const anyConversation: fc.Arbitrary<Conversation> = fc
  .array(message, { minLength: 1, maxLength: 6 })
  .map((messages) => ({ messages: [...messages, a('end')], meta }));

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

  it('ten thousand ranges are normalised at once', () => {
    const ranges = Array.from({ length: 10_000 }, (_, index) => ({
      start: index,
      end: 20_000 - index,
      weight: (index % 2) as 0 | 1,
    }));
    const start = performance.now();
    expect(normalizeWeights(ranges)).toHaveLength(19_999);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

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

  it('can be had of calls nested 10,000 deep', () => {
    const deep = JSON.parse('['.repeat(10_000) + ']'.repeat(10_000)) as unknown;
    expect(typeof contentKey(of(a('x', { tool_calls: [{ function: { name: 'f', arguments: deep } }] })))).toBe(
      'bigint',
    );
  });
});

describe('which fixes are offered', () => {
  const context = { samples: [], roleMap: {}, neededLength: null };

  it('any error: leave the rows out', () => {
    expect(fixesFor('error', 'data/invalid-json', context)).toEqual([
      { kind: 'edit', label: 'Leave these rows out', fix: 'drop_row' },
    ]);
  });

  it('unknown roles: map those with a usual meaning, beside what is mapped', () => {
    const { dataset } = recipeSchema.parse({});
    const row = {
      messages: [
        { role: 'Human', content: 'a' },
        { role: 'gpt', content: 'b' },
        { role: 'wizard', content: 'c' },
      ],
    };
    const judged = judgeRow(row, meta, { dataset, trainOn: 'all', detection: detectFormat([row], null, dataset) });
    const problems = judged.ok ? [] : (judged.error.data?.['problems'] as { data?: Record<string, unknown> }[]);
    // One problem of a row knows the row's other unknown roles.
    const samples = problems.slice(0, 1);
    const [first] = fixesFor('error', 'data/unknown-role', { ...context, samples, roleMap: { Q: 'user' } });
    expect(first).toEqual({
      kind: 'recipe',
      label: 'Read Human as user, gpt as assistant',
      path: 'dataset.role_map',
      value: { Q: 'user', Human: 'user', gpt: 'assistant' },
    });
    const mapped = {
      ...dataset,
      role_map: { ...(first?.kind === 'recipe' ? (first.value as Record<string, string>) : {}), wizard: 'assistant' },
    };
    expect(
      judgeRow(row, meta, { dataset: mapped, trainOn: 'all', detection: detectFormat([row], null, mapped) }),
    ).toMatchObject({ ok: true });
    expect(fixesFor('error', 'data/unknown-role', { ...context, samples: [{ data: { guesses: [] } }] })).toHaveLength(
      1,
    );
  });

  it('truncated rows: a longer max_length, where it is known', () => {
    expect(fixesFor('warning', 'data/answer-cut', { ...context, neededLength: 2048 })[0]).toEqual({
      kind: 'recipe',
      label: 'Set max_length to 2,048',
      path: 'training.max_length',
      value: 2048,
    });
    expect(fixesFor('warning', 'data/nothing-left', context)).toMatchObject([{ fix: 'drop_row' }]);
  });

  it('others by their class; none where only a person can tell', () => {
    const names = (code: string): string[] =>
      fixesFor('warning', code, context).map((fix) => (fix.kind === 'edit' ? fix.fix : fix.path));
    expect(names('data/control-token')).toEqual(['escape_control_tokens', 'drop_row']);
    expect(names('data/untrimmed')).toEqual(['trim']);
    expect(names('data/duplicate-row')).toEqual(['dataset.drop_duplicates']);
    expect(names('data/validation-in-train')).toEqual(['dataset.drop_duplicates']);
    expect(names('data/preference-as-sft')).toEqual([]);
    expect(names('constructor')).toEqual([]);
  });
});
