import { describe, expect, it } from 'vitest';
import { workMs } from '../../lib/testing/stopwatch';
import { recipeSchema, type Recipe } from '../../recipe/schema';
import { detectFormat } from './detect';
import { judgeRow, type Judged } from './judgeRow';

const { dataset } = recipeSchema.parse({});
const judge = (messages: unknown[], trainOn: Recipe['loss']['train_on'] = 'all_assistant'): Judged =>
  judgeRow(
    { messages },
    { row: 0, line: 1 },
    { dataset, trainOn, detection: detectFormat([{ messages }], null, dataset) },
  );
const found = (...messages: unknown[]): string[] =>
  judge(messages).warnings.map(({ code, path }) => `${code.replace('data/', '')} ${path}`);
const u = (content: string): unknown => ({ role: 'user', content });
const a = (content: string, more: object = {}): unknown => ({ role: 'assistant', content, ...more });

describe('lints of turns', () => {
  it.each([
    ['nothing odd', [{ role: 'system', content: ' s ' }, u(' a '), a('b'), u('c'), a('b')], []],
    [
      'white space around an answer',
      [u('a'), a('b\n'), u('c'), a('\u00a0d')],
      ['untrimmed messages[1].content', 'untrimmed messages[3].content'],
    ],
    ['an empty answer', [u('a'), a(' \n')], ['empty-answer messages[1].content']],
    ['an empty turn', [u(''), a('b')], ['empty-turn messages[0].content']],
    ['no emptiness in a call', [u('a'), a('', { tool_calls: [{ name: 'f', arguments: {} }] })], []],
    ['no emptiness in a thought', [u('a'), a('', { reasoning_content: 'hm' })], []],
    ['two turns of one role', [u('a'), u('b'), a('c')], ['repeated-role messages[1].role']],
    ['the same twice', [u('a'), u('a'), a('c')], ['repeated-turn messages[1]', 'repeated-role messages[1].role']],
    [
      'two results in a row are none',
      [u('a'), { role: 'tool', content: '1' }, { role: 'tool', content: '1' }, a('c')],
      [],
    ],
    ['an answer to nothing', [{ role: 'system', content: 's' }, a('b')], ['starts-with-answer messages[1]']],
    ['no answer at the end', [u('a'), a('b'), u('c')], ['ends-without-answer messages[2]']],
    ['an echo', [u('same'), a('same')], ['answer-repeats-question messages[1].content']],
    ['a thought without end', [u('a'), a('<think>b')], ['unclosed-think messages[1].content']],
  ])('%s', (_, messages, warnings) => {
    expect(found(...messages)).toEqual(warnings);
  });

  it('ask for no answers when all text is trained', () => {
    expect(judge([u('a')], 'all')).toMatchObject({ ok: true, warnings: [] });
    expect(judge([u('a')])).toMatchObject({ ok: false, error: { code: 'data/no-assistant' } });
  });

  it('count answers that think, for the whole file', () => {
    expect(
      judge([u('a'), a('<think>x</think>b'), u('c'), a('d'), u('e'), a('f', { reasoning_content: 'r' })]),
    ).toMatchObject({
      facts: { answers: 3, answersWithThink: 2 },
    });
  });
});

describe('reasoning', () => {
  it('is read under its other names, with a warning', () => {
    const judged = judge([u('a'), a('b', { thinking: 'hm' })]);
    expect(judged).toMatchObject({
      conversation: { messages: [{}, { content: 'b', reasoning_content: 'hm' }] },
      warnings: [{ code: 'data/reasoning-renamed', path: 'messages[1].thinking' }],
    });
    expect(judge([u('a'), a('b', { reasoning_content: 'own', reasoning: 'other' })])).toMatchObject({
      conversation: { messages: [{}, { reasoning_content: 'own' }] },
      warnings: [],
    });
    expect(judge([u('a'), a('b', { thinking: false })])).toMatchObject({ ok: true, warnings: [] });
  });
});

describe('weights of parts', () => {
  it('are kept, normalised: the later one wins', () => {
    const weights = [
      { start: 0, end: 4, weight: 0 },
      { start: 2, end: 6, weight: 1 },
      { start: 6, end: 6, weight: 0 },
    ];
    expect(judge([u('a'), a('answer', { weights })])).toMatchObject({
      conversation: {
        messages: [
          {},
          {
            weights: [
              { start: 0, end: 2, weight: 0 },
              { start: 2, end: 6, weight: 1 },
            ],
          },
        ],
      },
    });
  });

  it.each([
    ['no list', {}, 'messages[1].weights'],
    ['no object', [1], 'messages[1].weights[0]'],
    ['a fraction', [{ start: 0.5, end: 1, weight: 0 }], 'messages[1].weights[0].start'],
    ['beyond the text', [{ start: 0, end: 7, weight: 0 }], 'messages[1].weights[0].end'],
    ['reversed', [{ start: 3, end: 1, weight: 0 }], 'messages[1].weights[0].end'],
    ['half a weight', [{ start: 0, end: 1, weight: 0.5 }], 'messages[1].weights[0].weight'],
    ['a text', [{ start: '0', end: 1, weight: 1 }], 'messages[1].weights[0].start'],
  ])('are refused by name: %s', (_, weights, path) => {
    expect(judge([u('a'), a('answer', { weights })])).toMatchObject({ error: { code: 'data/bad-weights', path } });
  });
});

describe('hostile rows', () => {
  it('nested 10,000 deep', () => {
    const deep = (open: string, close: string): unknown => JSON.parse(open.repeat(10_000) + close.repeat(10_000));
    expect(judge([u('a'), { role: 'assistant', content: deep('[', ']') }])).toMatchObject({ ok: false });
    const calls = [{ function: { name: 'f', arguments: { x: deep('[', ']') } } }];
    expect(judge([u('a'), { role: 'assistant', content: null, tool_calls: calls }])).toMatchObject({ ok: true });
  });

  it('numbers and 64-bit integers where texts belong', () => {
    expect(judge([u('a'), { role: 'assistant', content: 12345678901234567890n }])).toMatchObject({
      error: { code: 'data/wrong-type', message: expect.stringMatching(/got 12345678901234567890;/) as string },
    });
    expect(judge([u('a'), { role: JSON.parse('1e400') as unknown, content: 'x' }])).toMatchObject({
      error: { code: 'data/wrong-type' },
    });
  });
});

it('judges a simple row in a few microseconds', () => {
  const row = { messages: [u('What is the capital of France?'), a('Paris is the capital of France.')] };
  const options = { dataset, trainOn: 'all_assistant' as const, detection: detectFormat([row], null, dataset) };
  const judgeAll = (): void => {
    for (let index = 0; index < 20_000; index++) judgeRow(row, { row: index, line: index + 1 }, options);
  };
  // About 3; the bound leaves room for a slow machine.
  expect(Math.min(...[1, 2, 3, 4].map(() => workMs(judgeAll))) / 20).toBeLessThan(30);
});
