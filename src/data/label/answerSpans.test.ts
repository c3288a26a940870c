/** `loss.span` "content": all that an answer says is trained, whatever the template writes it from. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import type { RecipeInput } from '../../recipe/schema';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { stockTemplate } from '../testing/stockTemplates';
import { trainedText } from '../testing/trainedText';
import { labelRow, type LabelledRow } from './labelRow';

const label = (
  messages: Message[],
  template: string,
  recipe: RecipeInput = { loss: { span: 'content' } },
): LabelledRow => labelRow(conversation(...messages), qwenContext(recipe, template).label);

const end = '<|im_end|>';
const call = { type: 'function', function: { name: 'look', arguments: { q: 1 } } };
const qwen = stockTemplate('qwen2.5');
/** No family is known for it: `trl` becomes the content rule. */
const unknown =
  '{% for m in messages %}<|im_start|>[{{ m.role }}]\n{% if m.tool_calls %}{{ m.content or "" }}{{ m.tool_calls[0].function | tojson }}{% else %}{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}';

describe('calls', () => {
  const calls: Message[] = [
    ...talk('q'),
    { role: 'assistant', content: '', tool_calls: [call] },
    { role: 'tool', content: 'r' },
    { role: 'assistant', content: 'I look again', tool_calls: [call, call] },
    { role: 'tool', content: 's' },
    { role: 'assistant', content: 'done' },
  ];
  const json = '<tool_call>\n{"name": "look", "arguments": {"q": 1}}\n</tool_call>';

  it('are trained with the text beside them and the end of their turn', () => {
    expect(trainedText(label(calls, qwen))).toEqual([
      `${json}${end}`,
      `I look again\n${json}\n${json}${end}`,
      `done${end}`,
    ]);
  });
  it('are trained under trl on a template whose family is not known', () => {
    const row = label(calls, unknown, {});
    const written = '{"name": "look", "arguments": {"q": 1}}';
    expect(trainedText(row)).toEqual([`${written}${end}`, `I look again${written}${end}`, `done${end}`]);
    expect(row.warnings).toEqual([]);
  });
  it('stay masked where the turn is switched off or is not the last one asked for', () => {
    const off = calls.map((message) => (message.tool_calls ? { ...message, weight: 0 } : message));
    expect(trainedText(label(off, qwen))).toEqual([`done${end}`]);
    const last: RecipeInput = { loss: { span: 'content', train_on: 'last_assistant' } };
    expect(trainedText(label(calls, qwen, last))).toEqual([`done${end}`]);
    expect(trainedText(label(calls.slice(0, 2), qwen, last))).toEqual([`${json}${end}`]);
  });
  it('that the template leaves out train nothing', () => {
    expect(trainedText(label(calls.slice(0, 2), stockTemplate('zephyr').replaceAll('eos_token', `'${end}'`)))).toEqual(
      [],
    );
  });
  it('whose place can\u2019t be told are told of', () => {
    const counted = `{{ messages | length }}${unknown}`;
    const row = label(calls, counted);
    expect(trainedText(row)).toEqual(['I look again', `done${end}`]);
    expect(row.warnings.map(({ code, path }) => [code, path])).toEqual([
      ['data/call-not-trained', 'messages[1].tool_calls'],
      ['data/call-not-trained', 'messages[3].tool_calls'],
    ]);
  });
});

it('a log of thousands of calls is not read for ever, and it is said where that stopped', () => {
  const log = Array.from({ length: 4000 }, (): Message[] => [
    { role: 'user', content: 'word '.repeat(20) },
    { role: 'assistant', content: '', tool_calls: [call] },
  ]).flat();
  const row = label(log, unknown, { loss: { span: 'content' }, training: { max_length: 1_000_000 } });
  expect(row.warnings.length).toBeGreaterThan(0);
  expect(row.warnings.every(({ code }) => code === 'data/call-not-trained')).toBe(true);
  expect(trainedText(row).length).toBe(4000 - row.warnings.length);
}, 60_000);

describe('thoughts', () => {
  const thought = '<think>\nhm\n</think>\n\n';
  const thinks: RecipeInput = { loss: { span: 'content' }, template: { enable_thinking: true } };

  it('that the template shows are trained', () => {
    expect(trainedText(label(talk('q', `${thought}a`, 'r', `${thought}b`), qwen, thinks))).toEqual([
      `${thought}a${end}`,
      `${thought}b${end}`,
    ]);
    expect(trainedText(label(talk('q', `${thought}a`), unknown, { template: { enable_thinking: true } }))).toEqual([
      `${thought}a${end}`,
    ]);
  });
  it('that the template takes away are not missed, nor is its own empty thought trained', () => {
    const qwen3 = stockTemplate('qwen3');
    expect(trainedText(label(talk('q', `${thought}a`, 'r', `${thought}b`), qwen3, thinks))).toEqual([
      `a${end}`,
      `${thought}b${end}`,
    ]);
    expect(trainedText(label(talk('q', 'a', 'r', 'b'), qwen3))).toEqual([`a${end}`, `b${end}`]);
  });
  it('that the template writes in its own way are trained', () => {
    const qwen3 = stockTemplate('qwen3');
    const shown = [`hm\n</think>\n\nb${end}`];
    expect(trainedText(label(talk('q', '<think>hm</think>b'), qwen3, thinks))).toEqual(shown);
    const apart: Message[] = [...talk('q'), { role: 'assistant', content: 'b', reasoning_content: 'hm' }];
    expect(trainedText(label(apart, qwen3, thinks))).toEqual(shown);
  });
  it('keep what is set on them by hand', () => {
    const content = `${thought}a`;
    const answer = (weights: Message['weights']): Message[] => [
      ...talk('q'),
      { role: 'assistant', content, ...(weights ? { weights } : {}) },
    ];
    const masked = label(answer([{ start: 0, end: thought.length, weight: 0 }]), qwen, {});
    expect(trainedText(masked)).toEqual(['\n', `a${end}\n`]);
    const off = answer([{ start: 0, end: content.length, weight: 1 }]).map((one) =>
      one.role === 'assistant' ? { ...one, weight: 0 } : one,
    );
    expect(trainedText(label(off, qwen, {}))).toEqual([content]);
  });
});
