/** tokenizer.json's `normalizer`: steps that rewrite a text and remember where each unit came from. */
import { SplitPreTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import type { AlignedText } from './alignedText';
import { classOf, classSpace } from './charClasses';
import { normalize } from './normalize';
import { typed, unsupported, type Typed } from './tokenizerFile';

type SplitConfig = ConstructorParameters<typeof SplitPreTokenizer>[0];
export type Normalizer = (text: AlignedText) => AlignedText;

/** Throws `tokenizer/unsupported` for an entry that is not known. An empty list stands for "changes nothing". */
export function readNormalizer(entry: Typed | null): Normalizer[] {
  if (entry === null) return [];
  const { type } = entry;
  switch (type) {
    case 'Sequence':
      return z.array(typed).parse(entry['normalizers']).flatMap(readNormalizer);
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return [(text) => normalize(text, type)];
    case 'Prepend': {
      const prefix = z.string().parse(entry['prepend']);
      return [(text) => text.prefixed(prefix)];
    }
    case 'Replace':
      return [replacement(entry)];
    case 'Strip':
      return [(text) => strip(text, entry['strip_left'] === true, entry['strip_right'] === true)];
    default:
      throw unsupported(`the normalizer ${type}`);
  }
}

function replacement(entry: Typed): Normalizer {
  const by = z.string().parse(entry['content']);
  const pattern = z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]).parse(entry['pattern']);
  if ('String' in pattern) {
    const what = pattern.String;
    if (what === '') throw unsupported('a replacement of nothing');
    // The one that every SentencePiece-style tokenizer has: a space by its mark.
    if (what.length === 1 && by.length === 1) return (text) => text.respelled(text.text.replaceAll(what, () => by));
  }
  const config = { type: 'Split', pattern: entry['pattern'], behavior: 'Isolated', invert: false };
  const { pattern: regex } = new SplitPreTokenizer(config as unknown as SplitConfig);
  if (!regex) throw unsupported('a replacement without a pattern');
  const everywhere = new RegExp(regex.source, regex.flags.includes('g') ? regex.flags : `${regex.flags}g`);
  return (text) =>
    text.replaced(
      Array.from(text.text.matchAll(everywhere), ({ 0: found, index }) => ({
        start: index,
        end: index + found.length,
        by,
      })),
    );
}

function strip(source: AlignedText, left: boolean, right: boolean): AlignedText {
  const { text } = source;
  let from = 0;
  let to = text.length;
  if (left) while (from < to && classOf(text.charCodeAt(from)) === classSpace) from++;
  if (right) while (to > from && classOf(text.charCodeAt(to - 1)) === classSpace) to--;
  return source.slice(from, to);
}
