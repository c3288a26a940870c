import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { labelRow, type LabelContext } from '../label/labelRow';
import { recipeSchema } from '../../recipe/schema';
import { openModelContext, openRunContext } from '../session/modelContext';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { stockTemplate } from '../testing/stockTemplates';
import { encodePlain } from './encodePlain';
import { openTokenizer, type Tokenizer } from './tokenizer';

/** Llama 3's pipeline, with the post-processor that its tokenizer.json has (the fixtures come without one). */
function llamaFiles(): { tokenizerJson: unknown; tokenizerConfigJson: unknown } {
  const file = JSON.parse(
    readFileSync(new URL('../label/fixtures/grid/llama3.tokenizer.json', import.meta.url), 'utf8'),
  ) as { tokenizer: { added_tokens: { id: number; content: string }[] }; specials: object };
  const begin = file.tokenizer.added_tokens.find(({ content }) => content === '<|begin_of_text|>');
  const special = { id: '<|begin_of_text|>', ids: [begin?.id], tokens: ['<|begin_of_text|>'] };
  const template = {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: special.id, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { [special.id]: special },
  };
  const post_processor = { type: 'Sequence', processors: [{ type: 'ByteLevel', trim_offsets: true }, template] };
  return { tokenizerJson: { ...file.tokenizer, post_processor }, tokenizerConfigJson: file.specials };
}
function llama(): Tokenizer {
  const { tokenizerJson, tokenizerConfigJson } = llamaFiles();
  return openTokenizer(tokenizerJson, tokenizerConfigJson);
}

it('puts before a plain text what the tokenizer puts there, once', () => {
  const tokenizer = llama();
  const bos = tokenizer.idOf('<|begin_of_text|>');
  const bare = tokenizer.encode('Good day 👋');
  const plain = encodePlain('Good day 👋', tokenizer);
  expect(plain.text).toBe('<|begin_of_text|>Good day 👋');
  expect(plain.ids).toEqual([bos, ...bare.ids]);
  expect(plain.offsets).toEqual([0, 17, ...bare.offsets.map((place) => place + 17)]);
  expect(encodePlain(plain.text, tokenizer)).toEqual(plain);
});

it('rule 3: a row of plain text begins as TRL’s does; a rendered row gets nothing that its template does not write', () => {
  const tokenizer = llama();
  const context: LabelContext = { ...qwenContext().label, tokenizer };
  const row = labelRow({ messages: [], text: 'Good day', meta: { row: 0, line: 1 } }, context);
  expect(row.text).toBe(`<|begin_of_text|>Good day${tokenizer.config.eos_token ?? ''}`);
  expect(row.labels).toEqual(row.ids);
  expect(tokenizer.encode('Good day').ids).not.toContain(tokenizer.idOf('<|begin_of_text|>'));
  const { tokenizer: qwen } = qwenContext().label;
  expect(encodePlain('Good day', qwen)).toEqual({ text: 'Good day', ...qwen.encode('Good day') });
});

it('rule 3: a template that writes the first token itself has it once', () => {
  const model = openModelContext({ ...llamaFiles(), chatTemplateJinja: stockTemplate('llama3') });
  const { ids } = labelRow(conversation(...talk('q', 'a')), openRunContext(model, recipeSchema.parse({})).label);
  const bos = model.tokenizer.idOf('<|begin_of_text|>');
  expect(ids.filter((id) => id === bos)).toHaveLength(1);
  expect(ids[0]).toBe(bos);
});
