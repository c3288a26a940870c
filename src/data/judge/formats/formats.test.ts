/** Each format's rows as conversations, by the whole path: detect, then judge. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../protocol/conversation';
import { recipeSchema, type RecipeInput } from '../../../recipe/schema';
import { detectFormat } from '../detect';
import { judgeRow, type Judged } from '../judgeRow';

type DatasetInput = NonNullable<RecipeInput['dataset']>;

/** Judges the last of these rows as a row of a file that begins with all of them. */
function judge(rows: unknown[], input: DatasetInput = {}): Judged {
  const { dataset } = recipeSchema.parse({ dataset: input });
  const detection = detectFormat(rows, null, dataset);
  return judgeRow(rows.at(-1), { row: 0, line: 1 }, { dataset, trainOn: 'all_assistant', detection });
}
const messagesOf = (row: unknown, input: DatasetInput = {}): unknown => {
  const judged = judge([row], input);
  return judged.ok ? judged.conversation.messages : judged.error;
};
const warningsOf = (judged: Judged): string[] => judged.warnings.map(({ code }) => code);
const talk = (...texts: string[]): Message[] =>
  texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));
const systemTurn = (content: string): Message => ({ role: 'system', content });

describe('rows become conversations', () => {
  it('alpaca: the input follows the instruction after a blank line', () => {
    expect(messagesOf({ instruction: 'Add.', input: '1 2', output: '3' })).toEqual([
      { role: 'user', content: 'Add.\n\n1 2', input: '1 2' },
      { role: 'assistant', content: '3' },
    ]);
    expect(messagesOf({ instruction: 'Say hi.', input: '', output: 'Hi.' })).toEqual(talk('Say hi.', 'Hi.'));
    expect(messagesOf({ instruction: 'Say hi.', input: null, output: 'Hi.', system: 'S' })).toEqual([
      systemTurn('S'),
      ...talk('Say hi.', 'Hi.'),
    ]);
  });

  it('alpaca: a history of questions and answers stands before them', () => {
    const row = { instruction: 'c', input: '', output: 'd', system: 'S' };
    for (const history of [[['a', 'b']], '[["a", "b"]]'])
      expect(messagesOf({ ...row, history })).toEqual([systemTurn('S'), ...talk('a', 'b', 'c', 'd')]);
    for (const history of [[], null, '', '[]'])
      expect(messagesOf({ ...row, history })).toEqual([systemTurn('S'), ...talk('c', 'd')]);
    const good = { ...row, history: [['a', 'b']] };
    for (const [history, path] of [
      [[['a', 'b'], ['a']], 'history[1]'],
      [[['a', null]], 'history[0]'],
      ['earlier', 'history'],
    ]) {
      expect(judge([good, { ...row, history }])).toMatchObject({
        error: { code: 'data/wrong-type', path, message: expect.stringMatching(/as \{"history": ""\}$/) as string },
      });
      expect(judge([good, { ...row, history }], { columns: { history: '' } })).toMatchObject({ ok: true });
    }
  });

  it('dolly: the context follows the instruction', () => {
    expect(messagesOf({ instruction: 'Who?', context: 'Ann came.', response: 'Ann.', category: 'qa' })).toEqual(
      talk('Who?\n\nAnn came.', 'Ann.'),
    );
  });

  it('openorca: a system turn where the prompt is not empty', () => {
    expect(messagesOf({ id: 'x', system_prompt: 'S', question: 'q', response: 'r' })).toEqual([
      systemTurn('S'),
      ...talk('q', 'r'),
    ]);
    expect(messagesOf({ system_prompt: '', question: 'q', response: 'r' })).toEqual(talk('q', 'r'));
  });

  it('question_answer: a context stands before the question', () => {
    expect(messagesOf({ question: 'Who?', answer: 'Ann.', context: 'Ann came.' })).toEqual(
      talk('Ann came.\n\nWho?', 'Ann.'),
    );
  });

  it('text: trained whole, without turns and without the system prompt', () => {
    const judged = judge([{ text: 'Once.' }], { system_prompt: 'S' });
    expect(judged).toMatchObject({ ok: true, format: 'text', conversation: { messages: [], text: 'Once.' } });
  });

  it('sharegpt: a system column, roles of tools', () => {
    const conversations = [
      { from: 'human', value: 'a' },
      { from: 'function_response', value: '1' },
      { from: 'gpt', value: 'b', weight: 0 },
    ];
    expect(messagesOf({ conversations, system: 'S' })).toEqual([
      systemTurn('S'),
      { role: 'user', content: 'a' },
      { role: 'tool', content: '1' },
      { role: 'assistant', content: 'b', weight: 0 },
    ]);
  });
});

describe('calls of tools', () => {
  const call = (args: unknown): object => ({ type: 'function', function: { name: 'f', arguments: args } });

  it('sharegpt: a turn of its own, whose text is the call', () => {
    const conversations = [
      { from: 'human', value: 'a' },
      { from: 'function_call', value: '{"name": "f", "arguments": {"x": 1}}', weight: 0 },
      { from: 'observation', value: '1' },
      { from: 'gpt', value: 'b' },
    ];
    const used = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: '', tool_calls: [call({ x: 1 })], weight: 0 },
      { role: 'tool', content: '1' },
      { role: 'assistant', content: 'b' },
    ];
    expect(messagesOf({ conversations })).toEqual(used);
    const twice = '[{"name": "f"}, {"name": "f", "arguments": {}}]';
    expect(messagesOf({ conversations: [conversations[0], { from: 'tool_call', value: twice }] })).toEqual([
      used[0],
      { role: 'assistant', content: '', tool_calls: [call({}), call({})] },
    ]);
    for (const value of ['f(1)', '[]', '3', '{"arguments": {}}'])
      expect(messagesOf({ conversations: [conversations[0], { from: 'function_call', value }] })).toMatchObject({
        code: 'data/bad-tool-call',
        path: expect.stringMatching(/^conversations\[1\]\.value/) as string,
      });
    const plain = messagesOf({ conversations }, { role_map: { function_call: 'assistant' } });
    expect(plain).toMatchObject([{}, { role: 'assistant', content: conversations[1]?.value }, {}, {}]);
  });

  it('OpenAI\u2019s older function_call and functions are its tool_calls and tools', () => {
    const row = {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"x": 1}' } },
      ],
      functions: [{ name: 'f', parameters: {} }],
    };
    const judged = judge([row]);
    expect(judged).toMatchObject({
      ok: true,
      conversation: {
        tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
        messages: [{}, { role: 'assistant', content: null, tool_calls: [call('{"x": 1}')] }],
      },
    });
    expect(warningsOf(judged)).toEqual(['data/call-renamed']);
    row.messages[1] = { role: 'assistant', content: null, function_call: { arguments: '' } } as never;
    expect(judge([row])).toMatchObject({ error: { path: 'messages[1].function_call.name' } });
  });

  it('arguments that are a text but no JSON are remarked', () => {
    const row = (args: string): unknown => ({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: '', tool_calls: [call(args)] },
      ],
    });
    expect(warningsOf(judge([row('{oops')]))).toEqual(['data/arguments-not-json']);
    for (const args of ['{"x": 1}', '', '{}']) expect(warningsOf(judge([row(args)]))).toEqual([]);
  });
});

it('an answer whose label says that it is bad is remarked', () => {
  const row = { prompt: 'q', completion: 'a' };
  expect(warningsOf(judge([{ ...row, label: false }]))).toEqual(['data/labelled-bad']);
  for (const label of [true, null, 0, 'false']) expect(warningsOf(judge([{ ...row, label }]))).toEqual([]);
});

it('parts: OpenAI\u2019s input and output texts are texts, a part without a type is named', () => {
  const row = (part: object): unknown => ({ messages: [{ role: 'user', content: [part] }, ...talk('', 'b').slice(1)] });
  expect(messagesOf(row({ type: 'input_text', text: 'a' }))).toEqual(talk('a', 'b'));
  expect(messagesOf(row({ text: 'a' }))).toMatchObject({ code: 'data/bad-part', path: 'messages[0].content[0].type' });
});

describe('preference', () => {
  const answer = [{ role: 'assistant', content: 'good' }];
  it.each([
    ['texts', { prompt: 'q', chosen: 'good', rejected: 'bad' }, talk('q', 'good')],
    ['a text and lists', { prompt: 'q', chosen: answer, rejected: answer }, talk('q', 'good')],
    ['whole conversations', { prompt: 'q', chosen: talk('q', 'good'), rejected: talk('q', 'bad') }, talk('q', 'good')],
    [
      'Human and Assistant',
      {
        chosen: '\n\nHuman: q\n\nAssistant: a\n\nHuman: q2\n\nAssistant: good',
        rejected: '\n\nHuman: q\n\nAssistant: bad',
      },
      talk('q', 'a', 'q2', 'good'),
    ],
  ])('%s: trains on chosen, and says that rejected is not used', (_, row, messages) => {
    const judged = judge([row]);
    expect(judged).toMatchObject({ ok: true, format: 'preference', conversation: { messages } });
    expect(warningsOf(judged)).toEqual(['data/preference-as-sft']);
  });

  it('OpenAI\u2019s rows: messages and tools in one object', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: {} } };
    const row = {
      input: { messages: talk('q'), tools: [tool], parallel_tool_calls: true },
      preferred_output: answer,
      non_preferred_output: [{ role: 'assistant', content: 'bad' }],
    };
    const judged = judge([row]);
    expect(judged).toMatchObject({ ok: true, format: 'preference' });
    expect(judged).toMatchObject({ conversation: { messages: talk('q', 'good'), tools: [tool] } });
    expect(warningsOf(judged)).toEqual(['data/preference-as-sft']);
    const logged = judge([{ input: row.input, output: answer }]);
    expect(logged).toMatchObject({ conversation: { messages: talk('q', 'good'), tools: [tool] } });
    const broken = { ...row, input: { messages: talk('q'), tools: ['oops'] } };
    expect(judge([row, broken])).toMatchObject({ error: { code: 'data/bad-tools', path: 'input.tools[0]' } });
    const wrong = { ...row, input: { messages: [{ role: 'user', content: 1 }] } };
    expect(judge([row, wrong])).toMatchObject({ ok: false, error: { path: 'input.messages[0].content' } });
  });

  it('needs a prompt where chosen is an answer alone', () => {
    const error = { code: 'data/missing-column', path: 'prompt' };
    expect(judge([{ chosen: 'good', rejected: 'bad' }])).toMatchObject({ ok: false, error });
  });
});

describe('cells of CSV and Parquet', () => {
  it('hold lists as JSON text', () => {
    const text = JSON.stringify(talk('a', 'b'));
    expect(messagesOf({ messages: text })).toEqual(talk('a', 'b'));
    expect(messagesOf({ conversations: ' [{"from":"human","value":"a"},{"from":"gpt","value":"b"}]' })).toEqual(
      talk('a', 'b'),
    );
    expect(messagesOf({ prompt: JSON.stringify(talk('a')), completion: 'b' })).toEqual(talk('a', 'b'));
    expect(judge([{ prompt: 'q', chosen: text, rejected: text }])).toMatchObject({
      conversation: { messages: talk('a', 'b') },
    });
  });

  it('a text that only begins like a list stays a text', () => {
    expect(messagesOf({ prompt: '[INST] hi', completion: '[{"a": 1}]' })).toEqual(talk('[INST] hi', '[{"a": 1}]'));
  });

  it('invalid JSON is named, Python’s way of printing lists in particular', () => {
    const good = { messages: JSON.stringify(talk('a', 'b')) };
    expect(judge([good, { messages: "[{'role': 'user'}]" }])).toMatchObject({
      error: { code: 'data/invalid-cell', path: 'messages', message: expect.stringMatching(/json\.dumps/) as string },
    });
    expect(judge([good, { messages: '[{"role": ' }])).toMatchObject({ error: { code: 'data/invalid-cell' } });
    expect(judge([good, { messages: '{}' }])).toMatchObject({ error: { code: 'data/wrong-type' } });
  });

  it('tools and calls as texts', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: {} } };
    const row = {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: null, tool_calls: '[{"name":"f","arguments":"{\\"x\\":1}"}]' },
      ],
    };
    const expected = {
      ok: true,
      conversation: {
        tools: [tool],
        messages: [{}, { tool_calls: [{ function: { name: 'f', arguments: '{"x":1}' } }] }],
      },
    };
    expect(judge([{ ...row, tools: JSON.stringify([tool]) }])).toMatchObject(expected);
    expect(judge([{ ...row, tools: [JSON.stringify(tool)] }])).toMatchObject(expected);
    expect(judge([{ ...row, tools: '' }])).toMatchObject({ ok: true });
    expect(judge([{ ...row, tools: '[oops' }])).toMatchObject({ error: { code: 'data/invalid-cell', path: 'tools' } });
    expect(judge([{ ...row, tools: ['oops'] }])).toMatchObject({ error: { code: 'data/bad-tools', path: 'tools[0]' } });
  });

  it('nulls count as absent', () => {
    const row = {
      messages: [
        {
          role: 'user',
          content: 'a',
          name: null,
          tool_calls: null,
          weight: null,
          weights: null,
          reasoning_content: null,
        },
        { role: 'assistant', content: 'b', train: null, tool_call_id: null, thinking: null },
      ],
      tools: null,
      system: null,
    };
    expect(messagesOf(row)).toEqual(talk('a', 'b'));
    expect(
      judge([
        { instruction: 'i', output: null },
        { instruction: 'i', output: null },
      ]),
    ).toMatchObject({
      error: { code: 'data/missing-column', path: 'output' },
    });
  });
});

describe('mixed files', () => {
  const first = Array.from({ length: 9 }, () => ({ messages: talk('a', 'b') }));

  it('a row of another known format is read so, with a warning that names both', () => {
    const judged = judge([...first, { Instruction: 'i', output: 'o', messages: null }]);
    expect(judged).toMatchObject({ ok: true, format: 'alpaca', conversation: { messages: talk('i', 'o') } });
    expect(judged.warnings).toEqual([
      {
        code: 'data/mixed-format',
        message:
          "row: it is read as alpaca, while the file's other rows are messages; set dataset.format if that is not meant",
      },
    ]);
  });

  it('rows with the same columns are told apart by what these hold', () => {
    const { dataset } = recipeSchema.parse({});
    const detection = detectFormat(first, null, dataset);
    const formatOf = (row: unknown): string => {
      const judged = judgeRow(row, { row: 0, line: 1 }, { dataset, trainOn: 'all_assistant', detection });
      return judged.ok ? judged.format : judged.error.code;
    };
    const shareGpt = [
      { from: 'human', value: 'a' },
      { from: 'gpt', value: 'b' },
    ];
    const rows = [
      talk('a', 'b'),
      shareGpt,
      JSON.stringify(shareGpt),
      JSON.stringify(talk('a', 'b')),
      'neither',
      null,
      talk('a', 'b'),
    ];
    expect(rows.map((conversations) => formatOf({ conversations }))).toEqual([
      'messages',
      'sharegpt',
      'sharegpt',
      'messages',
      'data/missing-messages',
      'data/missing-messages',
      'messages',
    ]);
  });

  it('the same format under another column name is no other format', () => {
    const judged = judge([...first, { Messages: talk('a', 'b') }]);
    expect(judged).toMatchObject({ ok: true, format: 'messages', warnings: [] });
  });

  it('a row of no known format is an error that names its columns', () => {
    expect(judge([...first, { left: 1, right: 2 }])).toMatchObject({
      error: {
        code: 'data/missing-messages',
        message:
          'messages: a list of messages is needed, got nothing; add it, or name its column in dataset.columns; this row has "left", "right"',
      },
    });
  });

  it('nothing else is tried when the recipe names the format', () => {
    expect(judge([{ prompt: 'p', completion: 'c' }], { format: 'alpaca' })).toMatchObject({
      error: {
        code: 'data/missing-column',
        path: 'instruction',
        message:
          'instruction: a row of alpaca needs its instruction, got nothing; fill it, or name its column in dataset.columns, as {"instruction": "<column>"}; this row has "prompt", "completion"',
      },
    });
  });

  it('tools that come only later in the file are read', () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const { dataset } = recipeSchema.parse({});
    const detection = detectFormat(first, null, dataset);
    const row = { messages: talk('a', 'b'), tools };
    const judged = judgeRow(row, { row: 0, line: 1 }, { dataset, trainOn: 'all_assistant', detection });
    expect(judged).toMatchObject({ conversation: { tools } });
  });
});

describe('rows that are less than a row', () => {
  const shareGpt = [
    { from: 'human', value: 'a' },
    { from: 'gpt', value: 'b' },
  ];

  it('a bare list of turns is a conversation', () => {
    expect(messagesOf(talk('a', 'b'))).toEqual(talk('a', 'b'));
    expect(messagesOf(shareGpt)).toEqual(talk('a', 'b'));
    expect(judge([[{ role: 'user' }]])).toMatchObject({ error: { path: 'messages[0].content' } });
    for (const list of [[], [1, 2], [[1]], [{ a: 1 }]])
      expect(judge([list])).toMatchObject({ error: { code: 'data/not-an-object' } });
  });

  it.each([talk('a', 'b'), shareGpt])('rows of one turn each are no plain text %#', (...turns) => {
    expect(judge(turns)).toMatchObject({
      error: {
        code: 'data/missing-messages',
        message: expect.stringMatching(/^row: .*single turn; put the turns/) as string,
      },
    });
    expect(judge([{ role: 'user', content: 'x' }], { format: 'text' })).toMatchObject({ ok: true, format: 'text' });
  });

  it('a file of no known format: each row says which columns it has, and what to choose', () => {
    expect(judge([{ left: 'a', right: 'b' }])).toMatchObject({
      error: {
        code: 'data/missing-messages',
        message: expect.stringMatching(/got "left", "right"; choose dataset\.format/) as string,
      },
    });
  });
});

it('a column that fills one role does not fill another of its name', () => {
  const row = { input: 'i', output: 'o' };
  expect(messagesOf(row, { format: 'alpaca', columns: { instruction: 'input' } })).toEqual(talk('i', 'o'));
});

it('a number is no text, and the error says what writes it as one', () => {
  expect(judge([{ question: '6 x 7?', answer: 42 }])).toMatchObject({
    error: {
      code: 'data/wrong-type',
      path: 'answer',
      message: expect.stringMatching(/got 42;.*messages_template/) as string,
    },
  });
});
