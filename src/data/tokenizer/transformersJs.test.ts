import { readFileSync } from 'node:fs';
import type * as Transformers from '@huggingface/transformers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalForm } from './normalize';
import { openTokenizer } from './tokenizer';

const folder = new URL('../../../public/models/builtin/', import.meta.url);
const json = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Record<string, unknown>;

test('ids equal those of transformers.js on the built-in model, for any text', async () => {
  // The web build: the Node build wants onnxruntime-node, which this project does not install.
  const web = new URL('../../../node_modules/@huggingface/transformers/dist/transformers.web.js', import.meta.url);
  const { PreTrainedTokenizer } = (await import(web.href)) as typeof Transformers;
  const theirs = new PreTrainedTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
  const ours = openTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('<|im_start|>user\nHello  world<|im_end|>\n', '👩‍👩‍👧 café', "I'LL 1234 of\r\n\tit"),
  );
  fc.assert(
    fc.property(text, (sample) => {
      fc.pre(sample.normalize('NFC') === normalForm(sample, 'NFC'));
      expect(Array.from(ours.encode(sample).ids)).toEqual(theirs.encode(sample, { add_special_tokens: false }));
    }),
    { numRuns: 150 },
  );
});
