/** rules.md 2–4, 10 and 11 on whole rows, by number; 1, 5–9 and 12–14 have their tests beside what they are about. */
import { describe, expect, it } from 'vitest';
import { buildBatch } from '../../engine/batch/buildBatch';
import type { Message } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import type { RowView } from '../../protocol/rows';
import type { RecipeInput } from '../../recipe/schema';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { jsonLines, openData } from '../testing/openData';
import { labelRow, type LabelledRow } from './labelRow';

const label = (messages: Message[], recipe: RecipeInput = {}): LabelledRow =>
  labelRow(conversation(...messages), qwenContext(recipe).label);
const { tokenizer } = qwenContext().model;
const end = tokenizer.idOf('<|im_end|>');
const pad = tokenizer.idOf('<|endoftext|>');

/** Text under the trained tokens, code points split over tokens once. */
function trainedText({ labels, offsets, text }: LabelledRow): string {
  let shown = '';
  let done = 0;
  labels.forEach((value, at) => {
    const stop = Math.max(done, offsets[at * 2 + 1] ?? 0);
    if (value !== ignoreLabel) shown += text.slice(Math.max(done, offsets[at * 2] ?? 0), stop);
    done = stop;
  });
  return shown;
}

it.each([
  ['emoji of several code points', '👩🏽‍🚀 and 👨‍👩‍👧‍👦!'],
  ['combining marks', 'e\u0301a\u0308\u0323 o\u0302\u0301'],
  ['Chinese, Japanese, Korean', '你好，世界。こんにちは。안녕'],
  ['characters beyond the first plane', '𝔘𝔫𝔦 𐀀𐀁 𠮷野家'],
])('rule 2: spans are of UTF-16 units, tokens of bytes: %s', (_, answer) => {
  const row = label(talk(answer, answer, `${answer}?`, answer));
  expect(trainedText(row)).toBe(`\n${answer}<|im_end|>\n`.repeat(2));
});

it('rule 2: lone surrogates are read as U+FFFD, and move no border', () => {
  const row = label(talk('a\ud83d', 'b\udc00c'));
  expect(trainedText(row)).toBe('\nb\udc00c<|im_end|>\n');
  const ids = row.ids.filter((_, at) => row.labels[at] !== ignoreLabel);
  expect(tokenizer.decode(ids)).toBe('\nb\ufffdc<|im_end|>\n');
});

it('rule 3: what the template writes is encoded as it stands; nothing is added before or after', () => {
  const row = label(talk('q', 'a'));
  expect(tokenizer.decode(row.ids)).toBe(row.text);
  expect(row.ids).toEqual(tokenizer.encode(row.text).ids);
});

it('rule 4: a row is labelled whole, then cut; the labels that are left are the same', () => {
  const messages = talk('q1', 'a1', 'q2', 'one two three four five six');
  const whole = label(messages);
  for (const truncation of ['keep_start', 'keep_end'] as const)
    for (let length = 1; length < whole.ids.length; length++) {
      const cut = label(messages, { training: { max_length: length, truncation } });
      const from = truncation === 'keep_start' ? 0 : whole.ids.length - length;
      expect(cut.labels).toEqual(whole.labels.slice(from, from + length));
    }
});

it('rule 4: a pad token inside a row is trained as any other: only its place makes padding', () => {
  const { ids, labels } = label(talk('q', 'a <|endoftext|> b'));
  const at = ids.indexOf(pad ?? -1);
  expect(labels[at]).toBe(pad);
  const example = { row: 0, inputIds: Int32Array.from(ids), labels: Int32Array.from(labels) };
  const batch = buildBatch([example], tokenizer.vocabSize);
  expect([...batch.targets.subarray(0, batch.supervised)]).toContain(pad);
  expect(batch.supervised).toBe(labels.filter((value) => value !== ignoreLabel).length);
});

it('rule 10: an answer that is cut ends without an end token', () => {
  const messages = talk('q', 'word '.repeat(60));
  for (const truncation of ['drop_oldest_turns', 'keep_start'] as const) {
    const row = label(messages, { training: { max_length: 50, truncation } });
    expect(row).toMatchObject({ fit: 'answer_cut', truncated: true });
    expect(row.ids).toHaveLength(50);
    expect(row.ids.lastIndexOf(end ?? -1)).toBeLessThan(row.labels.findIndex((value) => value !== ignoreLabel));
  }
});

describe('rule 11: every kind of conversation is rendered as the template does it, or reported', () => {
  const user: Message = { role: 'user', content: 'q' };
  const answer: Message = { role: 'assistant', content: 'a' };
  const call = (args: unknown): object => ({
    role: 'assistant',
    content: '',
    tool_calls: [{ type: 'function', function: { name: 'look', arguments: args } }],
  });
  const viewOf = async (...messages: object[]): Promise<RowView | undefined> => {
    const data = await openData(jsonLines({ messages }), { dataset: { validation: 0, max_rows_in_error: 1 } });
    return (await data.rows(0, 1))[0];
  };

  it.each<[name: string, messages: object[], text: string]>([
    [
      'a tool’s result',
      [user, call({ q: 1 }), { role: 'tool', content: 'r' }, answer],
      '<tool_response>\nr\n</tool_response>',
    ],
    ['arguments as an object', [user, call({ q: 1 })], '"arguments": {"q": 1}'],
    [
      'content as a list of parts',
      [{ role: 'user', content: [{ type: 'text', text: 'in parts' }] }, answer],
      'in parts',
    ],
    ['an empty turn', [{ role: 'user', content: '' }, answer], '<|im_start|>user\n<|im_end|>'],
    [
      'two turns of one role',
      [user, { role: 'user', content: 'r' }, answer],
      'q<|im_end|>\n<|im_start|>user\nr<|im_end|>',
    ],
    ['a last turn that is not the assistant’s', [user, answer, { role: 'user', content: 'r' }], 'r<|im_end|>\n'],
  ])('rule 11: %s is rendered', async (_, messages, text) => {
    const view = await viewOf(...messages);
    expect(view?.ok && view.text).toContain(text);
  });

  it.each<[code: string, messages: object[]]>([
    ['data/empty-turn', [{ role: 'user', content: '' }, answer]],
    ['data/repeated-role', [user, { role: 'user', content: 'r' }, answer]],
    ['data/ends-without-answer', [user, answer, { role: 'user', content: 'r' }]],
    ['data/turn-left-out', [{ role: 'developer', content: 'be brief' }, user, answer]],
    ['data/turn-left-out', [user, { role: 'function', content: 'found it' }, answer]],
  ])('rule 11: %s is said', async (code, messages) => {
    const view = await viewOf(...messages);
    expect(view?.ok && view.warnings.map((warning) => warning.code)).toContain(code);
  });

  it.each<[code: string, messages: object[]]>([
    ['data/unknown-role', [user, { role: 'narrator', content: 'x' }, answer]],
    ['data/no-assistant', [user]],
  ])('rule 11: %s is an error', async (code, messages) => {
    expect(await viewOf(...messages)).toMatchObject({ ok: false, error: { code } });
  });

  it('rule 11: arguments as a JSON text are the same call, or it is said that they are quoted', async () => {
    const view = await viewOf(user, call('{"q": 1}'));
    if (!view?.ok) throw new Error('the row must be usable');
    const isSame = view.text.includes('"arguments": {"q": 1}');
    expect(isSame || view.warnings.some(({ code }) => code === 'data/quoted-arguments')).toBe(true);
  });
});
