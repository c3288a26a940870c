/**
 * What users of training-wizard can do with their rows (anchors.md, "Seeds"), numbered. Filters by length and `take` over whole
 * files are tested where files are read.
 */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import { recipeSchema, type RecipeInput } from '../../recipe/schema';
import { labelRow } from '../label/labelRow';
import { splitRows } from '../split/split';
import { qwenContext } from '../testing/contexts';
import { detectFormat } from './detect';
import { judgeRow, type Judged } from './judgeRow';

type DatasetInput = NonNullable<RecipeInput['dataset']>;

function judge(row: unknown, input: DatasetInput): Judged {
  const { dataset } = recipeSchema.parse({ dataset: input });
  const detection = detectFormat([row], null, dataset);
  return judgeRow(row, { row: 0, line: 1 }, { dataset, trainOn: 'all_assistant', detection });
}
function messagesOf(row: unknown, input: DatasetInput): Message[] {
  const judged = judge(row, input);
  if (!judged.ok) throw new Error(judged.error.message);
  return judged.conversation.messages;
}
const template = [
  { role: 'system', content: 'You speak {language}.' },
  { role: 'user', content: '{question}' },
  { role: 'assistant', content: '{answer}' },
];
const row = { language: 'German', question: 'Ja?', answer: 'Ja.' };

describe('message templates', () => {
  it('training-wizard 1: {column} places are filled from the row', () => {
    expect(messagesOf(row, { messages_template: template })).toEqual([
      { role: 'system', content: 'You speak German.' },
      { role: 'user', content: 'Ja?' },
      { role: 'assistant', content: 'Ja.' },
    ]);
  });

  it('training-wizard 2: doubled braces are braces', () => {
    const doubled = [
      { role: 'user', content: '{{"q": "{question}"}} }}{{ {{question}}' },
      { role: 'assistant', content: '{{{answer}}}' },
    ];
    expect(messagesOf(row, { messages_template: doubled }).map(({ content }) => content)).toEqual([
      '{"q": "Ja?"} }{ {question}',
      '{Ja.}',
    ]);
  });

  it('training-wizard 3: values are never read for places again', () => {
    const hostile = { language: '{answer}', question: '{{question}} {x} $& {__proto__}', answer: '{' };
    const messages = messagesOf(hostile, { messages_template: template });
    expect(messages.map(({ content }) => content)).toEqual(['You speak {answer}.', hostile.question, '{']);
  });

  it('training-wizard 4: an unknown column is an error that lists the columns', () => {
    const judged = judge({ question: 'a', answer: 'b' }, { messages_template: template });
    expect(judged).toMatchObject({
      ok: false,
      error: {
        code: 'data/missing-column',
        path: 'language',
        message:
          'language: dataset.messages_template has a place {language}, got nothing; use a column of the row ("question", "answer"), or name it in dataset.columns',
      },
    });
    const inherited = [{ role: 'assistant', content: '{constructor}{__proto__}{toString}' }];
    expect(judge(row, { messages_template: inherited })).toMatchObject({ error: { code: 'data/missing-column' } });
  });

  it('training-wizard 5: a value that is no text goes in as JSON, null as nothing', () => {
    const values = { language: null, question: [1, { a: 'ü' }], answer: 42 };
    const messages = messagesOf(values, { messages_template: template });
    expect(messages.map(({ content }) => content)).toEqual(['You speak .', '[1,{"a":"ü"}]', '42']);
    expect(messagesOf({ ...row, answer: 12345678901234n }, { messages_template: template })[2]?.content).toBe(
      '12345678901234',
    );
  });

  it('training-wizard 6: a template goes before any format', () => {
    const both = { ...row, messages: [{ role: 'user', content: 'x' }] };
    expect(messagesOf(both, { messages_template: template, format: 'messages' })).toHaveLength(3);
  });

  it.each(['{question', 'question}', '{}', '{a{b}}', '{{}'])(
    'training-wizard 7: a lone brace is an error of the recipe: %s',
    (content) => {
      expect(judge(row, { messages_template: [{ role: 'assistant', content }] })).toMatchObject({
        error: { code: 'data/bad-messages-template', path: 'dataset.messages_template[0].content' },
      });
    },
  );

  it('training-wizard 8: tools of the row come along', () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    expect(judge({ ...row, tools }, { messages_template: template })).toMatchObject({ conversation: { tools } });
  });
});

describe('columns, roles, system prompt', () => {
  it('training-wizard 9: a column is renamed for its role, in formats and in templates', () => {
    expect(messagesOf({ talk: [{ role: 'assistant', content: 'a' }] }, { columns: { messages: 'talk' } })).toHaveLength(
      1,
    );
    const renamed = { Sprache: 'German', question: 'Ja?', answer: 'Ja.' };
    const messages = messagesOf(renamed, { messages_template: template, columns: { language: 'Sprache' } });
    expect(messages[0]?.content).toBe('You speak German.');
  });

  it('training-wizard 10: roles are mapped, in lists and in templates', () => {
    const role_map = { Q: 'user', A: 'assistant' };
    const list = {
      messages: [
        { role: 'Q', content: 'a' },
        { role: 'A', content: 'b' },
      ],
    };
    expect(messagesOf(list, { role_map }).map(({ role }) => role)).toEqual(['user', 'assistant']);
    const messages_template = [
      { role: 'Q', content: '{question}' },
      { role: 'A', content: '{answer}' },
    ];
    expect(messagesOf(row, { role_map, messages_template }).map(({ role }) => role)).toEqual(['user', 'assistant']);
  });

  it('training-wizard 11: a default system prompt, where the row has none', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ];
    expect(messagesOf({ messages }, { system_prompt: 'S' })[0]).toEqual({ role: 'system', content: 'S' });
    expect(messagesOf({ messages, system: 'own' }, { system_prompt: 'S' })[0]).toEqual({
      role: 'system',
      content: 'own',
    });
    // An empty one keeps a template from writing its own.
    expect(messagesOf({ messages }, { system_prompt: '' })[0]).toEqual({ role: 'system', content: '' });
  });
});

it('training-wizard 12: take leaves that many rows, split and shuffled by the seed', () => {
  const dataset = { shuffle: true, take: 10, validation: 2, test: 0 };
  const split = splitRows(100, dataset, 1);
  expect([split.train.length, split.validation.length]).toEqual([8, 2]);
  expect(splitRows(100, dataset, 2)).not.toEqual(split);
  expect([...splitRows(100, { ...dataset, shuffle: false }, 1).train]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('training-wizard 13: only the last answer, when that is asked for', () => {
  const messages: Message[] = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'first' },
    { role: 'user', content: 'b' },
    { role: 'assistant', content: 'last' },
  ];
  const { label, model } = qwenContext({ loss: { train_on: 'last_assistant', span: 'content' } });
  const { labels } = labelRow({ messages, meta: { row: 0, line: 1 } }, label);
  expect(model.tokenizer.decode(labels.filter((id) => id >= 0))).toBe('last<|im_end|>');
});
