// Child process: tokenizes the rendered conversations of a file on one thread, with transformers.js or with our tokenizer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Transformers from '@huggingface/transformers';
import { openTokenizer } from '../../src/data/tokenizer/tokenizer';
import type { Sample } from './sample';

const [folder = '', whose] = process.argv.slice(2);

const json = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;

// The web build: the Node build wants onnxruntime-node, which this project does not install.
const web = new URL('../../node_modules/@huggingface/transformers/dist/transformers.web.js', import.meta.url);
const { PreTrainedTokenizer } = (await import(web.href)) as typeof Transformers;
const theirs = new PreTrainedTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
const ours = openTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
const countTokens =
  whose === 'ours'
    ? (text: string): number => ours.encode(text).ids.length
    : (text: string): number => theirs.encode(text, { add_special_tokens: false }).length;

/** Reads and renders before the clock starts. */
function tokenize(file: string): Sample {
  const texts = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { messages } = JSON.parse(line) as { messages: Transformers.Message[] };
      return String(theirs.apply_chat_template(messages, { tokenize: false }));
    });
  const begun = performance.now();
  let tokens = 0;
  for (const text of texts) tokens += countTokens(text);
  return { ms: performance.now() - begun, rows: texts.length, tokens, trainedTokens: null };
}

process.on('message', (file: string) => process.send?.(tokenize(file)));
