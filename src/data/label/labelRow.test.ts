import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import type { RecipeInput } from '../../recipe/schema';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { labelRow, type LabelledRow } from './labelRow';

const label = (messages: Message[], recipe: RecipeInput = {}, template: string | null = null): LabelledRow =>
  labelRow(conversation(...messages), qwenContext(recipe, template).label);

interface Run {
  /** What the preview highlights. */
  shown: string;
  ids: number[];
}
/** Runs of trained tokens. */
function runs({ labels, offsets, text }: LabelledRow): Run[] {
  const found: Run[] = [];
  let start = -1;
  let ids: number[] = [];
  labels.forEach((value, index) => {
    if (value === ignoreLabel) return;
    if (start < 0) start = offsets[index * 2] ?? 0;
    ids.push(value);
    if (index + 1 < labels.length && labels[index + 1] !== ignoreLabel) return;
    found.push({ shown: text.slice(start, offsets[index * 2 + 1]), ids });
    start = -1;
    ids = [];
  });
  return found;
}
const trained = (row: LabelledRow): string[] => runs(row).map(({ shown }) => shown);
const end = '<|im_end|>';
const plain = `{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}`;
const own = '{% for m in messages %}{{ m.role }}: {{ m.content | trim }};\n{% endfor %}';

describe('span rules', () => {
  const messages = talk('q1', 'a1', 'q2', 'a2');

  it('trl: newline, answer, end of turn', () => {
    expect(trained(label(messages))).toEqual([`\na1${end}\n`, `\na2${end}\n`]);
  });

  it('content: the answer and its end token, on any template', () => {
    const recipe: RecipeInput = { loss: { span: 'content' } };
    expect(trained(label(messages, recipe))).toEqual([`a1${end}`, `a2${end}`]);
    // A token that stands across the border is trained, as transformers' char_to_token has it: here with its space.
    expect(trained(label(messages, recipe, own))).toEqual([' a1', ' a2']);
    const spaced = label(talk('assistant', '  assistant: user  '), recipe, own);
    expect(trained(spaced)).toEqual([' assistant: user']);
  });

  it('generation: the template’s own blocks', () => {
    const tagged =
      '{% for m in messages %}{{ m.role }}\n{% generation %}{{ m.content }}{% endgeneration %};{% endfor %}';
    const row = label(talk('q', 'a'), { loss: { span: 'generation' } }, tagged);
    expect(row.text).toBe('user\nq;assistant\na;');
    expect(trained(row)).toEqual(['q', 'a']);
    expect(() => label(messages, { loss: { span: 'generation' } })).toThrow(/has none.*use "trl"/);
  });

  it('trl on an unknown template is the content rule, and says so', () => {
    const context = qwenContext({}, own);
    expect(context.spanNote).toMatch(/neither a training template nor/);
    expect(context.template.family).toBeNull();
    expect(trained(label(talk('q', 'a'), {}, own))).toEqual([' a']);
  });

  it('a plain ChatML template in another spelling is known by what it renders', () => {
    expect(qwenContext({}, plain).template).toMatchObject({ family: 'chatml', usesTrainingTemplate: true });
    expect(trained(label(talk('q', 'a'), {}, plain))).toEqual([`\na${end}\n`]);
  });

  it('response_template: everything after the last one', () => {
    const recipe: RecipeInput = { loss: { span: 'response_template', response_template: '<|im_start|>assistant\n' } };
    expect(trained(label(messages, recipe))).toEqual([`a2${end}\n`]);
    const missing = label(messages, { loss: { span: 'response_template', response_template: '### Answer' } });
    expect(trained(missing)).toEqual([]);
    expect(missing.warnings.map(({ code }) => code)).toEqual(['data/no-response-template', 'data/nothing-to-train']);
  });

  describe('markers', () => {
    const marked =
      '{% for m in messages %}{% if m.role == "assistant" %}<|box_start|>{{ m.content }}<|box_end|>{% else %}{{ m.content }}{% endif %}{% endfor %}';
    const recipe: RecipeInput = { loss: { span: 'markers', begin_marker: '<|box_start|>', end_marker: '<|box_end|>' } };
    it('train what stands between, both excluded', () => {
      expect(trained(label(messages, recipe, marked))).toEqual(['a1', 'a2']);
    });
    it('mask a row without them, with a warning', () => {
      const row = label(messages, recipe);
      expect(trained(row)).toEqual([]);
      expect(row.warnings.map(({ code }) => code)).toContain('data/no-markers');
    });
    it('refuse reversed and nested markers and markers in a text', () => {
      expect(() => label(messages, recipe, `<|box_end|>${marked}`)).toThrow(/before its begin/);
      expect(() => label(messages, recipe, `<|box_start|>${marked}`)).toThrow(/inside a marked span/);
      expect(() => label(talk('a <|box_end|>', 'b'), recipe, marked)).toThrow(/messages\[0\]\.content: a loss marker/);
    });
    it('leave the last span open', () => {
      expect(
        trained(
          label(
            talk('q', 'a'),
            recipe,
            '<|box_end|>'.slice(0, 0) +
              '{{ messages[0].content }}<|box_start|>x<|box_end|><|box_start|>{{ messages[1].content }}',
          ),
        ),
      ).toEqual(['x', 'a']);
    });
    it('must be single tokens', () => {
      expect(() =>
        label(messages, { loss: { span: 'markers', begin_marker: 'two words', end_marker: '<|box_end|>' } }),
      ).toThrow(/one token, got "two words", which is 2/);
    });
  });
});

describe('what is trained on', () => {
  const messages: Message[] = [{ role: 'system', content: 's' }, ...talk('q1', 'a1', 'q2', 'a2')];
  const with1 = (more: Partial<Message>): Message[] =>
    messages.map((message, index) => (index === 2 ? { ...message, ...more } : message));

  it('last_assistant: the last answer only', () => {
    expect(trained(label(messages, { loss: { train_on: 'last_assistant' } }))).toEqual([`\na2${end}\n`]);
  });
  it('all: every token', () => {
    const row = label(messages, { loss: { train_on: 'all' } });
    expect(trained(row)).toEqual([row.text]);
  });
  it('weight 0 and train false always win', () => {
    expect(trained(label(with1({ weight: 0 })))).toEqual([`\na2${end}\n`]);
    expect(trained(label(with1({ train: false })))).toEqual([`\na2${end}\n`]);
    expect(trained(label(with1({ weight: 1, train: true })))).toHaveLength(2);
    const all = trained(label(with1({ weight: 0 }), { loss: { train_on: 'all' } }));
    expect(all.join('')).not.toContain('a1');
    expect(all).toHaveLength(2);
  });
});

describe('warnings', () => {
  it('rule 3: name control tokens in a text, and turns that the template leaves out', () => {
    const row = label([{ role: 'developer', content: 'secret' }, ...talk('say <|im_end|>', 'ok')]);
    expect(row.warnings.map(({ code, path }) => [code, path])).toEqual([
      ['data/control-token', 'messages[1].content'],
      ['data/turn-left-out', 'messages[0]'],
    ]);
  });
  it('tell of arguments that the template quotes', () => {
    const call = { function: { name: 'f', arguments: '{"a": 1}' } };
    const row = label([...talk('q'), { role: 'assistant', content: '', tool_calls: [call] }]);
    expect(row.warnings.map(({ code }) => code)).toEqual(['data/quoted-arguments']);
  });
});

describe('rule 10: truncation', () => {
  const long = [
    { role: 'system', content: 'Stay.' },
    ...talk('q1 one', 'a1 one', 'q2 two', 'a2 two', 'q3 three', 'a3 three'),
  ];
  const whole = label(long);
  const cut = (
    max_length: number,
    truncation: 'drop_oldest_turns' | 'keep_start' | 'keep_end',
    messages = long,
  ): LabelledRow => label(messages, { training: { max_length, truncation } });

  it('leaves a row that fits', () => {
    expect(cut(whole.ids.length, 'keep_start')).toMatchObject({ fit: 'fits', truncated: false, text: whole.text });
  });
  it('drops whole turns from the front, keeping the system turn', () => {
    const row = cut(whole.ids.length - 1, 'drop_oldest_turns');
    expect(row).toMatchObject({ fit: 'turns_dropped', truncated: true, wholeTokens: whole.ids.length });
    expect(row.text).toBe(label([long[0] ?? { role: '', content: '' }, ...long.slice(3)]).text);
    expect(row.warnings.map(({ code }) => code)).toEqual(['data/turns-dropped']);
    expect(cut(25, 'drop_oldest_turns').text).toContain('Stay.');
  });
  it('cuts the last answer when nothing else is left to drop, and adds no end token', () => {
    const row = cut(20, 'drop_oldest_turns', [{ role: 'system', content: 'Stay.' }, ...talk('q', 'word '.repeat(50))]);
    expect(row).toMatchObject({ fit: 'answer_cut' });
    expect(row.ids).toHaveLength(20);
    expect(row.text.endsWith('word')).toBe(true);
  });
  it('keeps the start or the end in tokens, with the text and places that belong to them', () => {
    for (const side of ['keep_start', 'keep_end'] as const) {
      const row = cut(17, side);
      expect(row.ids).toEqual(side === 'keep_start' ? whole.ids.slice(0, 17) : whole.ids.slice(-17));
      expect(side === 'keep_start' ? whole.text.startsWith(row.text) : whole.text.endsWith(row.text)).toBe(true);
      expect(row.turns.at(-1)?.end).toBe(row.text.length);
      expect(row.offsets[0]).toBe(0);
      expect(row.offsets.at(-1)).toBe(row.text.length);
    }
  });
  it('says which end was dropped', () => {
    const asked = [
      { role: 'system', content: 'Stay.' },
      ...talk('q', 'a'),
      { role: 'user', content: 'and then nothing is answered any more' },
    ];
    const [end] = cut(20, 'keep_start', asked).warnings;
    expect(end?.message).toMatch(/the end, in which nothing is trained, was dropped, 20 tokens are left/);
    const [start] = cut(20, 'keep_end', [{ role: 'system', content: 'word '.repeat(30) }, ...talk('q', 'a')]).warnings;
    expect(start?.message).toMatch(/the oldest part was dropped, 20 tokens are left/);
  });
  it('says when nothing to train is left', () => {
    expect(cut(5, 'keep_start')).toMatchObject({ fit: 'nothing_left' });
    expect(cut(5, 'keep_start').warnings.map(({ code }) => code)).toEqual(['data/nothing-left']);
  });
});

describe('any conversation', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 8 }).map((raw) => raw.replace(/\p{Surrogate}/gu, '')),
    fc.constantFrom(
      '',
      ' ',
      '\n',
      'e\u0301',
      '\u0301',
      '👍🏽',
      '<|im_start|>user\n',
      '<|im_end|>',
      '\n\n',
      '\ufdd0\ue000',
      'assistant',
      '{{ x }}',
    ),
  );
  const message = fc.record({
    role: fc.constantFrom('user', 'assistant', 'system'),
    content: fc.array(text, { maxLength: 4 }).map((parts) => parts.join('')),
  });
  const chat = fc.array(message, { minLength: 1, maxLength: 6 });
  const options = fc.record({
    span: fc.constantFrom('trl', 'content'),
    train_on: fc.constantFrom('all_assistant', 'last_assistant', 'all'),
    max_length: fc.constantFrom(8, 30, 10_000),
    truncation: fc.constantFrom('drop_oldest_turns', 'keep_start', 'keep_end'),
  });
  const { tokenizer } = qwenContext().label;

  it('shows as trained exactly the text of the trained tokens', () => {
    fc.assert(
      fc.property(chat, options, (messages, { span, train_on, max_length, truncation }) => {
        const row = label(messages, { loss: { span, train_on }, training: { max_length, truncation } });
        expect(row.ids.length).toBeLessThanOrEqual(max_length);
        expect(row.labels).toHaveLength(row.ids.length);
        expect(row.offsets).toHaveLength(row.ids.length * 2);
        row.labels.forEach((value, index) => expect(value === ignoreLabel || value === row.ids[index]).toBe(true));
        for (const { shown, ids } of runs(row)) {
          const decoded = tokenizer.decode(ids);
          // A cut row may end inside a code point: its last token then is part of one.
          if (decoded.includes('\ufffd') && row.truncated) continue;
          const whole = shown.normalize('NFC');
          // Or begin or end inside a letter with several marks, whose place in the text is that of all of them.
          const begins = /^\p{M}/u.test(decoded) && whole.endsWith(decoded);
          const ends = whole.startsWith(decoded) && /^\p{M}/u.test(whole.slice(decoded.length));
          if (row.truncated && (begins || ends)) continue;
          expect(decoded).toBe(whole);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('trains every answer whole under the trl rule, and nothing of another role', () => {
    const safe = chat.map((messages) => messages.map((one) => ({ ...one, content: one.content.replaceAll('<|', '') })));
    fc.assert(
      fc.property(safe, (messages) => {
        const row = label(messages);
        const expected = messages
          .filter(({ role }) => role === 'assistant')
          .map(({ content }) => `\n${content}${end}\n`);
        expect(trained(row).join('')).toBe(expected.join(''));
      }),
      { numRuns: 300 },
    );
  });
});
