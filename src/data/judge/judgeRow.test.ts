import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetFormats, recipeSchema, type RecipeInput } from '../../recipe/schema';
import { detectFormat } from './detect';
import { formats } from './formats/table';
import { judgeRow, type Judged } from './judgeRow';

const judge = (value: unknown, input: RecipeInput = {}): Judged => {
  const { dataset, loss } = recipeSchema.parse(input);
  return judgeRow(
    value,
    { row: 0, line: 1 },
    { dataset, trainOn: loss.train_on, detection: detectFormat([value], null, dataset) },
  );
};
const messagesOf = (judged: Judged): unknown => (judged.ok ? judged.conversation.messages : judged.error);

describe('rows of other shapes', () => {
  it('reads ShareGPT conversations', () => {
    const row = {
      system: 'S',
      conversations: [
        { from: 'human', value: 'a' },
        { from: 'gpt', value: 'b' },
      ],
    };
    expect(messagesOf(judge(row))).toEqual([
      { role: 'system', content: 'S' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ]);
  });

  it('reads prompt and completion, under other column names too', () => {
    expect(messagesOf(judge({ prompt: 'a', completion: 'b' }))).toEqual([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ]);
    const columns = { prompt: 'q', completion: 'r' };
    expect(
      messagesOf(
        judge(
          { q: 'a', r: [{ role: 'assistant', content: 'b' }] },
          { dataset: { format: 'prompt_completion', columns } },
        ),
      ),
    ).toHaveLength(2);
    expect(judge({ prompt: 'a', completion: 3 })).toMatchObject({
      ok: false,
      error: { code: 'data/wrong-type', path: 'completion' },
    });
  });

  it('masks earlier answers of a prompt, as TRL does, unless all is trained or the row says otherwise', () => {
    const prompt = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
      { role: 'assistant', content: 'd', weight: 1 },
      { role: 'user', content: 'e' },
    ];
    const answer = [{ role: 'assistant', content: 'f' }];
    const weights = (row: object, recipe: RecipeInput = {}): unknown[] =>
      (messagesOf(judge(row, recipe)) as { weight?: number }[]).map(({ weight }) => weight);
    for (const row of [
      { prompt, completion: answer },
      { prompt, chosen: answer, rejected: answer },
    ]) {
      expect(weights(row)).toEqual([undefined, 0, undefined, 1, undefined, undefined]);
      expect(weights(row, { loss: { train_on: 'all' } })[1]).toBeUndefined();
    }
  });

  it('maps roles and adds the recipe’s system prompt', () => {
    const row = {
      messages: [
        { role: 'human', content: 'a' },
        { role: 'bot', content: 'b' },
      ],
    };
    const recipe = { dataset: { role_map: { human: 'user', bot: 'assistant' }, system_prompt: 'S' } };
    expect(messagesOf(judge(row, recipe))).toEqual([
      { role: 'system', content: 'S' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ]);
  });
});

describe('hostile rows', () => {
  it('takes __proto__ and inherited names for ordinary keys', () => {
    const row: unknown = JSON.parse('{"__proto__": {"messages": []}, "constructor": 1}');
    expect(judge(row)).toMatchObject({ ok: false, error: { code: 'data/missing-messages' } });
    const message: unknown = JSON.parse('{"messages":[{"__proto__":{"role":"user","content":"x"}}]}');
    expect(judge(message)).toMatchObject({ ok: false, error: { code: 'data/missing-role' } });
    expect(judge({ messages: [{ role: 'constructor', content: 'x' }] })).toMatchObject({
      ok: false,
      error: { code: 'data/unknown-role' },
    });
    expect(({} as Record<string, unknown>)['messages']).toBeUndefined();
  });

  it('has an answer for any JSON', () => {
    const anyRow = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          messages: fc.oneof(
            fc.jsonValue(),
            fc.array(
              fc.record(
                {
                  role: fc.oneof(fc.jsonValue(), fc.constantFrom('user', 'assistant', 'tool')),
                  content: fc.jsonValue(),
                  tool_calls: fc.jsonValue(),
                  weight: fc.jsonValue(),
                },
                { requiredKeys: [] },
              ),
            ),
          ),
          tools: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(anyRow, (row) => {
        const judged = judge(JSON.parse(JSON.stringify(row)));
        if (judged.ok) expect(judged.conversation.messages.some(({ role }) => role === 'assistant')).toBe(true);
        else expect(judged.error.code).toMatch(/^data\//);
      }),
    );
  });
});

it('has an answer for any cells under any format', () => {
  const names = formats.flatMap(({ roles }) => roles.flatMap(({ name, otherNames }) => [name, ...otherNames]));
  const turn = fc.record(
    {
      role: fc.constantFrom('user', 'assistant', 'bot', 7),
      content: fc.jsonValue(),
      from: fc.jsonValue(),
      value: fc.string(),
    },
    { requiredKeys: [] },
  );
  const cell = fc.oneof(
    fc.jsonValue(),
    fc.string(),
    fc.array(turn, { maxLength: 3 }),
    fc.array(turn, { maxLength: 3 }).map((list) => JSON.stringify(list)),
    fc.constantFrom('[{', "[{'role': 'user'}]", '\n\nHuman: a\n\nAssistant: b', 'Human: '),
  );
  const row = fc.dictionary(fc.constantFrom(...names, '__proto__'), cell, { maxKeys: 6 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), fc.constantFrom(...datasetFormats), (rows, format) => {
      const { dataset } = recipeSchema.parse({ dataset: { format } });
      const detection = detectFormat(rows, null, dataset);
      for (const value of rows) {
        const judged = judgeRow(value, { row: 0, line: 1 }, { dataset, trainOn: 'all', detection });
        if (!judged.ok) {
          expect(judged.error.code).toMatch(/^data\/(?!unreadable)/);
          continue;
        }
        const { conversation } = judged;
        expect(conversation.text === undefined ? conversation.messages.length : 1).toBeGreaterThan(0);
        for (const { role, content } of conversation.messages) {
          expect(['system', 'developer', 'user', 'assistant', 'tool', 'function']).toContain(role);
          expect(content === null || typeof content === 'string').toBe(true);
        }
      }
    }),
    { numRuns: 400 },
  );
});

describe('tool calls', () => {
  it('are kept nested, whichever way they are written', () => {
    const flat = {
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', tool_calls: [{ name: 'f', arguments: '{"a":1}' }] },
      ],
    };
    expect(messagesOf(judge(flat))).toMatchObject([
      {},
      { content: null, tool_calls: [{ function: { name: 'f', arguments: '{"a":1}' } }] },
    ]);
  });
});

it('an empty thought is a direct answer', () => {
  const answersWithThink = (answer: object): number | null => {
    const judged = judge({
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a', ...answer },
      ],
    });
    return judged.ok ? judged.facts.answersWithThink : null;
  };
  for (const content of ['<think>\n\n</think>\n\na', '<think></think>a', 'a'])
    expect(answersWithThink({ content })).toBe(0);
  for (const content of ['<think>\nx\n</think>\n\na', '<think>', '<think></think><think>y</think>'])
    expect(answersWithThink({ content })).toBe(1);
  expect([' \n', '', 'r'].map((reasoning_content) => answersWithThink({ reasoning_content }))).toEqual([0, 0, 1]);
});
