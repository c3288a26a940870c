import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workMs } from '../../lib/testing/stopwatch';
import type { Detection } from '../../protocol/rows';
import { recipeSchema, type RecipeInput } from '../../recipe/schema';
import { columnFacts } from './columnFacts';
import { detectFormat } from './detect';
import { formats } from './formats/table';

const detect = (
  rows: unknown[],
  dataset: NonNullable<RecipeInput['dataset']> = {},
  columns: string[] | null = null,
): Detection => detectFormat(rows, columns, recipeSchema.parse({ dataset }).dataset);
const many = (row: unknown, count = 200): unknown[] => Array.from({ length: count }, () => row);

const talk = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'b' },
];
const shareGptTalk = [
  { from: 'human', value: 'a' },
  { from: 'gpt', value: 'b' },
];

describe('recognises', () => {
  it.each([
    ['messages', { messages: talk, id: 1 }, { messages: 'messages' }],
    ['messages', { conversations: talk }, { messages: 'conversations' }],
    ['messages', { messages: JSON.stringify(talk), tools: '[]' }, { messages: 'messages', tools: 'tools' }],
    ['sharegpt', { conversations: shareGptTalk, system: 's' }, { conversations: 'conversations', system: 'system' }],
    ['sharegpt', { conversation: shareGptTalk }, { conversations: 'conversation' }],
    ['sharegpt', { messages: shareGptTalk }, { conversations: 'messages' }],
    [
      'alpaca',
      { instruction: 'i', input: '', output: 'o', text: 'all of it once more' },
      { instruction: 'instruction', input: 'input', output: 'output' },
    ],
    [
      'alpaca',
      { instruction: 'i', output: 'o', history: [['q', 'a']] },
      { instruction: 'instruction', output: 'output', history: 'history' },
    ],
    ['messages', { messages: talk, functions: [{ name: 'f' }] }, { messages: 'messages', tools: 'functions' }],
    ['messages', { messages: talk, functions: 'several' }, { messages: 'messages' }],
    ['alpaca', { Instruction: 'i', Response: 'o' }, { instruction: 'Instruction', output: 'Response' }],
    [
      'dolly',
      { instruction: 'i', context: '', response: 'r', category: 'c' },
      { instruction: 'instruction', context: 'context', response: 'response' },
    ],
    [
      'openorca',
      { id: 1, 'System Prompt': '', question: 'q', response: 'r' },
      { system_prompt: 'System Prompt', question: 'question', response: 'response' },
    ],
    ['prompt_completion', { prompt: 'p', completion: talk }, { prompt: 'prompt', completion: 'completion' }],
    ['prompt_completion', { input: 'p', output: 'c' }, { prompt: 'input', completion: 'output' }],
    ['question_answer', { Q: 'q', A: 'a' }, { question: 'Q', answer: 'A' }],
    ['question_answer', { query: 'q', response: 'a' }, { question: 'query', answer: 'response' }],
    [
      'preference',
      { prompt: 'p', chosen: talk, rejected: talk, messages: talk },
      { prompt: 'prompt', chosen: 'chosen', rejected: 'rejected' },
    ],
    ['preference', { chosen: 'c', rejected: 'r' }, { chosen: 'chosen', rejected: 'rejected' }],
    ['text', { text: 'once' }, { text: 'text' }],
  ] as const)('%s: %j', (format, row, columns) => {
    const found = detect(many(row));
    expect(found).toMatchObject({ format, columns, decidedBy: 'file' });
    expect(found.columns).toEqual(columns);
    expect(found.confidence).toBeGreaterThanOrEqual(format === 'preference' ? 0.5 : 1);
  });

  it('says which columns decided', () => {
    const found = detect(many({ instruction: 'i', input: '', output: 'o' }));
    expect(found.reason).toBe('instruction and output in 200 of 200 rows');
    expect(found.roles.map(({ name, required }) => [name, required])).toEqual([
      ['instruction', true],
      ['input', false],
      ['output', true],
      ['history', false],
      ['system', false],
      ['tools', false],
    ]);
  });
});

describe('confidence', () => {
  it('is the share of rows that read well', () => {
    const rows = [...many({ messages: talk }, 150), ...many({ messages: 'a text' }, 50)];
    expect(detect(rows)).toMatchObject({ format: 'messages', confidence: 0.75 });
  });

  it('counts rows of another format, and says so', () => {
    const rows = [...many({ messages: talk }, 120), ...many({ prompt: 'p', completion: 'c' }, 80)];
    const found = detect(rows);
    expect(found).toMatchObject({ format: 'messages', confidence: 0.6 });
    expect(found.reason).toBe('messages in 120 of 200 rows; 80 read as prompt_completion');
    expect(found.alternatives[0]).toEqual({ format: 'prompt_completion', confidence: 0.2 });
  });

  it('is lower where another format would use a column that this one ignores', () => {
    const found = detect(many({ instruction: 'i', output: 'o', question: 'q', answer: 'a' }));
    expect(found.confidence).toBe(0.5);
    expect(found.alternatives[0]?.confidence).toBeGreaterThan(0);
  });

  it('is lower for one text among others', () => {
    expect(detect(many({ title: 't', content: 'c' }))).toMatchObject({ format: 'text', confidence: 0.7 });
  });

  it('is 0 when nothing is known, with the columns in the reason', () => {
    const found = detect(many({ left: 'a', right: 'b' }));
    expect(found).toMatchObject({ format: 'messages', confidence: 0, columns: {} });
    expect(found.reason).toMatch(/left, right.*say which column is what/);
    expect(detect([])).toMatchObject({ confidence: 0 });
    expect(detect([1, 'a', null, ['b']])).toMatchObject({ confidence: 0 });
  });

  it('looks at the first 200 rows only', () => {
    const rows = [...many({ messages: talk }), ...many({ text: 'x' }, 5000)];
    expect(detect(rows).confidence).toBe(1);
  });
});

describe('the recipe overrules', () => {
  it('columns by their roles', () => {
    const found = detect(many({ frage: 'q', antwort: 'a', text: 't' }), {
      columns: { question: 'frage', answer: 'antwort' },
    });
    expect(found).toMatchObject({ format: 'question_answer', columns: { question: 'frage', answer: 'antwort' } });
    expect(found.confidence).toBe(1);
  });

  it('a column is not used for two roles', () => {
    const found = detect(many({ input: 'i', output: 'o' }), { format: 'alpaca', columns: { instruction: 'input' } });
    expect(found.columns).toEqual({ instruction: 'input', output: 'output' });
  });

  it('that a column is not used, also where its name is the role\u2019s own', () => {
    const rows = many({ instruction: 'i', input: 'x', output: 'o' });
    const found = detect(rows, { format: 'alpaca', columns: { input: '' } });
    expect(found.columns).toEqual({ instruction: 'instruction', output: 'output' });
    expect(detect(rows, { format: 'alpaca', columns: { output: '' } }).reason).toMatch(/no column is known for output/);
  });

  it('the format, and says which role lacks a column', () => {
    const found = detect(many({ prompt: 'p', completion: 'c' }), { format: 'alpaca' });
    expect(found).toMatchObject({ format: 'alpaca', confidence: 1, decidedBy: 'recipe' });
    expect(found.reason).toMatch(/no column is known for instruction.*dataset\.columns.*prompt, completion/);
    expect(detect(many({ text: 'x' }), { format: 'text' }).reason).toBe('dataset.format is text: text from text');
    const absent = detect(many({ a: 'x' }), { format: 'text', columns: { text: 'b' } });
    expect(absent.reason).toMatch(/no column is known for text/);
  });

  it('by a message template, whose places are the roles', () => {
    const found = detect(many({ ctx: 'c', frage: 'q', antwort: 'a' }), {
      columns: { question: 'frage' },
      messages_template: [
        { role: 'user', content: '{ctx}: {question}' },
        { role: 'assistant', content: '{antwort}{missing}{question}' },
      ],
    });
    expect(found).toMatchObject({ format: 'messages', confidence: 1, decidedBy: 'recipe' });
    expect(found.columns).toEqual({ ctx: 'ctx', question: 'frage', antwort: 'antwort', missing: 'missing' });
    expect(found.roles.map(({ name }) => name)).toEqual(['ctx', 'question', 'antwort', 'missing']);
    expect(found.reason).toMatch(/the file has no column missing/);
  });
});

describe('hostile files', () => {
  it('never throws, and names only columns that are there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())), { maxLength: 20 }),
        (rows) => {
          const parsed: unknown[] = JSON.parse(JSON.stringify(rows)) as unknown[];
          const found = detect(parsed);
          expect(found.confidence).toBeGreaterThanOrEqual(0);
          expect(found.confidence).toBeLessThanOrEqual(1);
          const names = new Set(columnFacts(parsed, null).map(({ name }) => name));
          for (const column of Object.values(found.columns)) expect(names).toContain(column);
        },
      ),
    );
  });

  it('looks at long lists in texts without parsing them', () => {
    const long = JSON.stringify([{ role: 'user', content: 'x'.repeat(1_000_000) }]);
    const rows = many({ messages: long, prompt: long });
    expect(detect(rows)).toMatchObject({ format: 'messages', confidence: 1 });
    const parsing = workMs(() => {
      for (const _ of rows) JSON.parse(long);
    });
    const detecting = [1, 2, 3].map(() => workMs(() => void detect(rows)));
    expect(Math.min(...detecting)).toBeLessThan(parsing);
  });

  it('takes __proto__ for an ordinary column', () => {
    const row: unknown = JSON.parse('{"__proto__": {"messages": []}, "text": "x"}');
    expect(detect([row])).toMatchObject({ format: 'text' });
    expect(columnFacts([row], null)).toMatchObject([
      { name: '__proto__', type: 'object', share: 1 },
      { name: 'text', type: 'text' },
    ]);
  });
});

it('column facts: share, types and an example, the file’s own columns first', () => {
  const rows = [{ b: 1, a: 'x'.repeat(500) }, { b: 'two', c: null }, 'no object'];
  expect(columnFacts(rows, ['a', 'b', 'z'])).toEqual([
    { name: 'a', share: 0.5, type: 'text', example: `${'x'.repeat(119)}…` },
    { name: 'b', share: 1, type: 'number or text', example: '1' },
    { name: 'z', share: 0, type: 'null', example: '' },
    { name: 'c', share: 0, type: 'null', example: '' },
  ]);
});

it('every role of every format is described', () => {
  for (const { roles } of formats)
    for (const { description, name } of roles) expect(description.length, name).toBeGreaterThan(10);
});
