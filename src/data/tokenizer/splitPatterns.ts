import { SplitPreTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { unsupported } from './tokenizerFile';

type SplitConfig = ConstructorParameters<typeof SplitPreTokenizer>[0];

const typed = z.looseObject({ type: z.string() });
const gpt2Words =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/**
 * The regular expressions of a `pre_tokenizer`, applied one after the other: each match and each stretch between two
 * matches is a piece of its own. Patterns are written for Oniguruma; `@huggingface/tokenizers` translates them.
 * Throws `tokenizer/unsupported` for anything that drops or changes text.
 */
export function splitPatternsOf(preTokenizer: { type: string; [key: string]: unknown } | null): RegExp[] {
  const patterns: RegExp[] = [];
  let byteLevel = false;
  const visit = (entry: { type: string; [key: string]: unknown }): void => {
    switch (entry.type) {
      case 'Sequence':
        z.array(typed).parse(entry['pretokenizers']).forEach(visit);
        return;
      case 'ByteLevel':
        byteLevel = true;
        if (entry['add_prefix_space'] === true) throw unsupported('a prefix space');
        if (entry['use_regex'] !== false) patterns.push(gpt2Words);
        return;
      case 'Split': {
        const { behavior } = entry;
        if (behavior !== 'Isolated' && !(behavior === 'Removed' && entry['invert'] === true)) {
          throw unsupported(`the split behaviour ${String(behavior)}`);
        }
        const { pattern } = new SplitPreTokenizer({ ...entry, invert: false } as unknown as SplitConfig);
        if (!pattern) throw unsupported('a split without a pattern');
        patterns.push(pattern);
        return;
      }
      case 'Digits':
        patterns.push(entry['individual_digits'] === true ? /\p{N}/gu : /\p{N}+/gu);
        return;
      default:
        throw unsupported(`the pre-tokenizer ${entry.type}`);
    }
  };
  if (preTokenizer) visit(preTokenizer);
  if (!byteLevel) throw unsupported('a pre-tokenizer without bytes');
  return patterns;
}

/** Cuts a text into pieces that cover it; calls `piece` with each. */
export function forEachPiece(
  text: string,
  patterns: readonly RegExp[],
  piece: (piece: string) => void,
  level = 0,
): void {
  const pattern = patterns[level];
  if (!pattern) {
    piece(text);
    return;
  }
  const isLast = level === patterns.length - 1;
  const emit = (part: string): void => {
    if (isLast) piece(part);
    else forEachPiece(part, patterns, piece, level + 1);
  };
  let done = 0;
  // A pattern of an outer level is never in use by an inner one, so that its lastIndex is free.
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const found = match[0];
    if (found.length === 0) {
      pattern.lastIndex++;
      continue;
    }
    if (match.index > done) emit(text.slice(done, match.index));
    done = match.index + found.length;
    emit(found);
  }
  if (done < text.length) emit(text.slice(done));
}
