import { openTokenizer } from '../../src/data/tokenizer/tokenizer';
import type { ModelFolder } from '../../src/storage/modelSource';
import { requiredJson } from './modelFiles';

/** Turns generated tokens into text one by one; special tokens are left out. */
export interface TokenText {
  push(id: number): string;
  end(): string;
}

/** Reads the folder's tokenizer; each call of the result begins a new text. */
export async function openTokenText(folder: ModelFolder): Promise<() => TokenText> {
  const config = await folder.readJson('tokenizer_config.json');
  const tokenizer = openTokenizer(await requiredJson(folder, 'tokenizer.json'), config ?? undefined);
  const special = new Set(tokenizer.addedTokens.filter((token) => token.special).map((token) => token.id));
  return () => {
    const stream = tokenizer.streamDecoder();
    return { push: (id) => (special.has(id) ? '' : stream.push(id)), end: () => stream.end() };
  };
}
