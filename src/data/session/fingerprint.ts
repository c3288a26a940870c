import { Sha256 } from '../../lib/sha256Stream';
import type { Tokenizer } from '../tokenizer/tokenizer';

const known = new WeakMap<Tokenizer, string>();

/** Tells tokenizers apart: a hash of what a tokenizer makes of every id, and of texts that meet its splitting rules. */
export function fingerprintOf(tokenizer: Tokenizer): string {
  const before = known.get(tokenizer);
  if (before !== undefined) return before;
  const hash = new Sha256();
  const encoder = new TextEncoder();
  for (let id = 0; id < tokenizer.vocabSize; id++) hash.update(tokenizer.bytesOf(id));
  hash.update(encoder.encode(JSON.stringify([tokenizer.vocabSize, tokenizer.addedTokens])));
  for (const text of probes) hash.update(encoder.encode(tokenizer.encode(text).ids.join(' ')));
  const hex = hash.hex();
  known.set(tokenizer, hex);
  return hex;
}
const probes = [
  ' It\u2019s 12,345.67  tabs\t\n\nnew e\u0301 \ud83d\udc4d\ud83c\udffd \u4f60\u597d',
  "WE\u2019LL we'll 100000 x=1;",
];
