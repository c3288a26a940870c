import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import type { RecipeInput } from '../../recipe/schema';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { labelRow } from './labelRow';

const codes = (messages: Message[], recipe: RecipeInput = {}, template: string | null = null): string[] =>
  labelRow(conversation(...messages), qwenContext(recipe, template).label).remarks.map(({ code }) => code);
const system: Message = { role: 'system', content: 'Be brief.' };
const tagged = (answer: string, end: string): string =>
  `{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}{% generation %}${answer}{% endgeneration %}${end}{% else %}{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}`;

describe('lints of a labelled row', () => {
  it('say nothing of a row that is as it should be', () => {
    expect(codes([system, ...talk('q', 'a')])).toEqual([]);
  });
  it('name a system prompt that the template wrote', () => {
    expect(codes(talk('q', 'a'))).toEqual(['data/system-injected']);
  });
  it('name a stop token that is not trained', () => {
    const open = tagged('{{ m.content }}', '<|im_end|>\n');
    expect(codes(talk('q', 'a'), { loss: { span: 'generation' } }, open)).toEqual(['data/stop-not-trained']);
    const closed = tagged('{{ m.content }}<|im_end|>', '\n');
    expect(codes(talk('q', 'a'), { loss: { span: 'generation' } }, closed)).toEqual([]);
  });
  it('name a prompt that chat would not send so', () => {
    const template =
      '{% for m in messages %}{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}Answer: {% endif %}';
    expect(codes(talk('q', 'a'), {}, template)).toEqual(['data/prompt-not-prefix']);
  });
  it('name a script that the tokenizer hardly knows', () => {
    // Linear B and cuneiform: every character is bytes.
    expect(codes([system, ...talk('𐀀𐀁𐀂𐀃𐀄𐀅𐀆', '𒀀𒀁𒀂𒀃𒀄')])).toEqual(['data/rare-tokens']);
  });
});

describe('weights by hand on parts of a turn', () => {
  const trained = (messages: Message[], recipe: RecipeInput = {}): string => {
    const { labels, offsets, text } = labelRow(conversation(...messages), qwenContext(recipe).label);
    return labels.map((label, at) => (label < 0 ? '' : text.slice(offsets[at * 2], offsets[at * 2 + 1]))).join('');
  };
  const answer = (content: string, ...weights: NonNullable<Message['weights']>): Message[] => [
    { role: 'user', content: 'say it' },
    { role: 'assistant', content, weights },
  ];
  it('mask and train whatever the rule says', () => {
    expect(trained(answer('one two three', { start: 3, end: 7, weight: 0 }))).toBe('\none three<|im_end|>\n');
    const off: Message = {
      role: 'assistant',
      content: 'one two',
      weight: 0,
      weights: [{ start: 3, end: 7, weight: 1 }],
    };
    expect(trained([{ role: 'user', content: 'q' }, off])).toBe(' two');
  });
  it('follow a content that the template trims', () => {
    const template = '{% for m in messages %}{{ m.role }}: {{ m.content | trim }}<|im_end|>{% endfor %}';
    const row = labelRow(
      conversation(...answer('  one two', { start: 5, end: 9, weight: 0 })),
      qwenContext({ loss: { span: 'content' } }, template).label,
    );
    const shown = row.labels.map((label, at) =>
      label < 0 ? '' : row.text.slice(row.offsets[at * 2], row.offsets[at * 2 + 1]),
    );
    expect(shown.join('')).toBe(' one<|im_end|>');
  });
  it('are an error where the template hides the content, never lost', () => {
    const template = '{% for m in messages %}{{ m.role }}: {{ m.content | upper }}<|im_end|>{% endfor %}';
    expect(() =>
      labelRow(
        conversation(...answer('one two', { start: 0, end: 3, weight: 0 })),
        qwenContext({ loss: { span: 'response_template', response_template: 'assistant:' } }, template).label,
      ),
    ).toThrow(/its place can't be told/);
  });
  it('keep their places when older turns are dropped', () => {
    const long = talk(...Array.from({ length: 8 }, (_, index) => `turn ${index} ${'word '.repeat(20)}`));
    const messages = [...long, ...answer('one two three', { start: 3, end: 7, weight: 0 })];
    const context = qwenContext({ training: { max_length: 80 } }).label;
    const row = labelRow(conversation(...messages), context);
    expect(row.fit).toBe('turns_dropped');
    const { contents } = row.places();
    const place = contents.find(({ message }) => message === messages.length - 1);
    expect(place && row.text.slice(place.start, place.end)).toBe('one two three');
    const shown = row.labels.map((label, at) =>
      label < 0 ? '' : row.text.slice(row.offsets[at * 2], row.offsets[at * 2 + 1]),
    );
    expect(shown.join('')).toContain('\none three<|im_end|>');
  });
});
