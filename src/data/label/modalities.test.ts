/** rules.md 8: Modalities' behaviour with its edge rules, one test each. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import type { RecipeInput } from '../../recipe/schema';
import { renderPrompt } from '../prompt/renderPrompt';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { trainedText } from '../testing/trainedText';
import { labelRow, type LabelledRow } from './labelRow';

const begin = '<|box_start|>';
const end = '<|box_end|>';
/** Modalities' kind of template: free data names the speakers and the markers; roles are mapped. */
const template =
  '{% for m in messages %}{{ names[m.role] }}: {% if m.role == "assistant" %}{{ begin }}{{ m.content }}<|im_end|>{{ end }}{% else %}{{ m.content }}{% endif %}{{ newline }}{% endfor %}' +
  '{% if add_generation_prompt %}{{ names["assistant"] }}: {{ begin }}{% endif %}';
const names = { system: 'Note', user: 'You', assistant: 'Bot' };
const recipe = (loss: RecipeInput['loss'] = {}, text = template): RecipeInput => ({
  template: { source: 'custom', text, variables: { names, begin, end, newline: '\n' } },
  loss: { span: 'markers', begin_marker: begin, end_marker: end, ...loss },
});
const label = (messages: Message[], text = template): LabelledRow =>
  labelRow(conversation(...messages), qwenContext(recipe({}, text)).label);

const codes = (row: LabelledRow): string[] => row.warnings.map(({ code }) => code);
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};
const messages = talk('q1', 'a1', 'q2', 'a2');

describe('rule 8: Modalities', () => {
  it('rule 8: trains what stands between the two markers, both excluded', () => {
    const row = label(messages);
    expect(trainedText(row)).toEqual(['a1<|im_end|>', 'a2<|im_end|>']);
    const { tokenizer } = qwenContext().label;
    const marks = row.ids.flatMap((id, at) => (id === tokenizer.idOf(begin) || id === tokenizer.idOf(end) ? [at] : []));
    expect(marks).toHaveLength(4);
    for (const at of marks) expect(row.labels[at]).toBe(ignoreLabel);
    expect(row.labels.every((value, at) => value === ignoreLabel || value === row.ids[at])).toBe(true);
  });

  it('rule 8: trains every assistant turn, and only the last one when asked', () => {
    expect(trainedText(label(talk('1', 'x', '2', 'y', '3', 'z')))).toHaveLength(3);
    const last = qwenContext(recipe({ train_on: 'last_assistant' })).label;
    expect(trainedText(labelRow(conversation(...messages), last))).toEqual(['a2<|im_end|>']);
  });

  it('rule 8: a row without markers is fully masked, with a warning', () => {
    const row = label(messages, '{% for m in messages %}{{ m.content }}{% endfor %}');
    expect(trainedText(row)).toEqual([]);
    expect(codes(row)).toEqual(expect.arrayContaining(['data/no-markers', 'data/nothing-to-train']));
  });

  it('rule 8: a row without an end marker is fully masked, with a warning that names it', () => {
    const row = label(
      messages,
      '{% for m in messages %}{% if loop.first %}{{ begin }}{% endif %}{{ m.content }}{% endfor %}',
    );
    expect(trainedText(row)).toEqual([]);
    const warning = row.warnings.find(({ code }) => code === 'data/no-markers');
    expect(warning?.message).toMatch(/no end marker/);
    expect(warning?.message).not.toMatch(/no begin marker/);
  });

  it('rule 8: a conversation that has no assistant turn is fully masked, with a warning', () => {
    const row = label(talk('only a question'));
    expect(trainedText(row)).toEqual([]);
    expect(codes(row)).toContain('data/no-markers');
  });

  it('rule 8: an end before a begin is an error', () => {
    expect(codeOf(() => label(messages, `{{ end }}${template}`))).toBe('data/markers-reversed');
    expect(codeOf(() => label(messages, template.replace('{{ end }}', '{{ end }}{{ end }}')))).toBe(
      'data/markers-reversed',
    );
  });

  it('rule 8: nested begins are an error', () => {
    expect(codeOf(() => label(messages, template.replace('{{ begin }}', '{{ begin }}{{ begin }}')))).toBe(
      'data/markers-nested',
    );
    expect(codeOf(() => label(messages, `{{ begin }}${template}`))).toBe('data/markers-nested');
  });

  it('rule 8: an open begin at the end of the row is allowed and trains to the end', () => {
    const open = template.replace('{{ end }}', '{% if not loop.last %}{{ end }}{% endif %}');
    expect(trainedText(label(messages, open))).toEqual(['a1<|im_end|>', 'a2<|im_end|>\n']);
  });

  it('rule 8: an empty marked span trains nothing and is no error', () => {
    const bare = template.replace('<|im_end|>', '');
    expect(trainedText(label(talk('q', '', 'r', 'a'), bare))).toEqual(['a']);
  });

  it('rule 8: the markers must be single tokens that the tokenizer has', () => {
    for (const marker of ['^^begin^^', '<|no_such_token|>', 'two words']) {
      expect(codeOf(() => qwenContext(recipe({ begin_marker: marker })))).toBe('recipe/marker-not-a-token');
      expect(codeOf(() => qwenContext(recipe({ end_marker: marker })))).toBe('recipe/marker-not-a-token');
    }
    expect(codeOf(() => qwenContext(recipe({ begin_marker: null })))).toBe('recipe/missing-marker');
  });

  it('rule 8: a marker in somebody\u2019s own text is an error that names the message, not a corrupt mask', () => {
    for (const [texts, path] of [
      [[`say ${begin}`, 'a'], 'messages[0].content'],
      [['q', `${end} a`], 'messages[1].content'],
    ] as const) {
      let caught: unknown;
      try {
        label(talk(...texts));
      } catch (error) {
        caught = error;
      }
      expect(caught).toMatchObject({ code: 'data/marker-in-content', details: { path } });
    }
    // Calls, reasoning and tools are the row's own texts as well.
    const call = { function: { name: 'f', arguments: { where: end } } };
    const calling: Message[] = [...talk('q'), { role: 'assistant', content: 'a', tool_calls: [call] }];
    expect(codeOf(() => label(calling))).toBe('data/marker-in-content');
    const thinking: Message[] = [...talk('q'), { role: 'assistant', content: 'a', reasoning_content: begin }];
    expect(codeOf(() => label(thinking))).toBe('data/marker-in-content');
    // Its text without being the token is no marker.
    expect(trainedText(label(talk('< |box_start|>', 'a')))).toEqual(['a<|im_end|>']);
  });

  it('rule 8, rule 12: chat renders the prompt that training rendered', () => {
    const context = qwenContext(recipe());
    const { text } = renderPrompt(talk('q1', 'a1', 'q2'), context);
    const row = labelRow(conversation(...messages), context.label);
    expect(row.text.startsWith(text)).toBe(true);
    expect(row.text.slice(text.length)).toBe(`a2<|im_end|>${end}\n`);
  });
});
