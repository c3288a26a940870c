/** tokenizer.json's `pre_tokenizer`: steps that cut a text into pieces or rewrite it. */
import { z } from 'zod';
import type { AlignedText } from './alignedText';
import { byteLevelWords, digitsOf, splitBy, splitOf, type Cut } from './splitters';
import { typed, unsupported, type Typed } from './tokenizerFile';

/** Cuts, or rewrites a piece; a piece that begins at 0 of the source is the first of the text. */
export type Step = Cut | { rewrite: (piece: AlignedText) => AlignedText };

export interface PreTokenizer {
  steps: Step[];
  /** Whether the pieces are then written in the byte alphabet. */
  byteLevel: boolean;
}

const metaspace = z.object({
  replacement: z.string().min(1),
  prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
  // Older files; `prepend_scheme` wins.
  add_prefix_space: z.boolean().default(true),
  split: z.boolean().default(true),
});

/** Throws `tokenizer/unsupported` for an entry that is not known. */
export function readPreTokenizer(preTokenizer: Typed | null): PreTokenizer {
  const steps: Step[] = [];
  let byteLevel = false;
  const visit = (entry: Typed): void => {
    if (byteLevel) throw unsupported(`the pre-tokenizer ${entry.type} after ByteLevel`);
    switch (entry.type) {
      case 'Sequence':
        z.array(typed).parse(entry['pretokenizers']).forEach(visit);
        return;
      case 'ByteLevel':
        byteLevel = true;
        if (entry['add_prefix_space'] === true) {
          steps.push({ rewrite: (piece) => (piece.text.startsWith(' ') ? piece : piece.prefixed(' ')) });
        }
        if (entry['use_regex'] !== false) steps.push(byteLevelWords);
        return;
      case 'Metaspace':
        steps.push(...metaspaceSteps(entry));
        return;
      case 'Split':
        steps.push(splitOf(entry));
        return;
      case 'Digits':
        steps.push(digitsOf(entry));
        return;
      default:
        throw unsupported(`the pre-tokenizer ${entry.type}`);
    }
  };
  if (preTokenizer) visit(preTokenizer);
  return { steps, byteLevel };
}

function metaspaceSteps(entry: Typed): Step[] {
  const { replacement, prepend_scheme, add_prefix_space, split } = metaspace.parse(entry);
  const scheme = prepend_scheme ?? (add_prefix_space ? 'always' : 'never');
  const rewrite = (piece: AlignedText): AlignedText => {
    const marked =
      replacement.length === 1
        ? piece.respelled(piece.text.replaceAll(' ', replacement))
        : piece.replaced(
            Array.from(piece.text.matchAll(/ /g), ({ index }) => ({ start: index, end: index + 1, by: replacement })),
          );
    const wanted = scheme === 'always' || (scheme === 'first' && piece.startOf(0) === 0);
    return wanted && !marked.text.startsWith(replacement) ? marked.prefixed(replacement) : marked;
  };
  if (!split) return [{ rewrite }];
  const mark = new RegExp(replacement.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gu');
  return [{ rewrite }, { split: splitBy(mark, 'MergedWithNext', false) }];
}
