import type { Encoding, Tokenizer } from './tokenizer';

/**
 * A plain text without a template, as transformers tokenizes it by itself: after the tokens that the tokenizer puts
 * before it, unless it begins with them. `text` is what the ids stand for.
 */
export function encodePlain(source: string, tokenizer: Tokenizer): Encoding & { text: string } {
  const { text: before, tokens } = tokenizer.leading;
  const { ids, offsets } = tokenizer.encode(source);
  if (before === '' || source.startsWith(before)) return { text: source, ids, offsets };
  const places: number[] = [];
  let at = 0;
  for (const { length } of tokens) places.push(at, (at += length));
  return {
    text: before + source,
    ids: [...tokens.map(({ id }) => id), ...ids],
    offsets: [...places, ...offsets.map((place) => place + at)],
  };
}
