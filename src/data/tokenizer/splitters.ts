/** Pre-tokenizers that only cut a text. */
import { SplitPreTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { scanDigits, scanGpt2, scannerOf, type Scanner } from './wordScanner';
import { unsupported, type Typed } from './tokenizerFile';

type SplitConfig = ConstructorParameters<typeof SplitPreTokenizer>[0];

/** Calls `piece` with start and end of each piece of a text, in order. */
export type Splitter = (text: string, piece: (start: number, end: number) => void) => void;

export type Cut = { scan: Scanner } | { split: Splitter };

const behaviours = ['Isolated', 'Removed', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
export type Behaviour = (typeof behaviours)[number];

const splitEntry = z.object({
  pattern: z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]),
  behavior: z.enum(behaviours),
  invert: z.boolean().default(false),
});

/** A `Split` entry. Patterns are written for Oniguruma; `@huggingface/tokenizers` translates them. */
export function splitOf(entry: Typed): Cut {
  const parsed = splitEntry.safeParse(entry);
  if (!parsed.success) throw unsupported(`the split behaviour ${String(entry['behavior'])}`);
  const { pattern, behavior, invert } = parsed.data;
  if ('Regex' in pattern && !invert && behavior === 'Isolated') {
    const scan = scannerOf(pattern.Regex);
    if (scan) return { scan };
  }
  const { pattern: regex } = new SplitPreTokenizer({ ...entry, invert: false } as unknown as SplitConfig);
  if (!regex) throw unsupported('a split without a pattern');
  const flags = regex.flags.includes('g') ? regex.flags : `${regex.flags}g`;
  return { split: splitBy(new RegExp(regex.source, flags), behavior, invert) };
}

/** `Digits`. */
export const digitsOf = (entry: Typed): Cut => ({ scan: scanDigits(entry['individual_digits'] === true) });

/** The regular expression that `ByteLevel` brings along. */
export const byteLevelWords: Cut = { scan: scanGpt2 };

/** Cuts at the matches of a global regular expression, with what `behavior` says done to them. */
export function splitBy(regex: RegExp, behavior: Behaviour, invert: boolean): Splitter {
  return (text, piece) => {
    const parts = matchesOf(text, regex, invert);
    joined(parts, behavior).forEach(({ start, end, drop }) => {
      if (!drop && end > start) piece(start, end);
    });
  };
}

interface Part {
  start: number;
  end: number;
  isMatch: boolean;
  drop?: boolean;
}

/** The matches and the stretches between them, covering the text. */
function matchesOf(text: string, regex: RegExp, invert: boolean): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const match of text.matchAll(regex)) {
    const end = match.index + match[0].length;
    if (end === match.index) continue;
    if (match.index > done) parts.push({ start: done, end: match.index, isMatch: invert });
    parts.push({ start: match.index, end, isMatch: !invert });
    done = end;
  }
  if (done < text.length) parts.push({ start: done, end: text.length, isMatch: invert });
  return parts;
}

function joined(parts: readonly Part[], behavior: Behaviour): Part[] {
  if (behavior === 'Isolated') return [...parts];
  if (behavior === 'Removed') return parts.map((part) => ({ ...part, drop: part.isMatch }));
  const result: Part[] = [];
  let before: Part | undefined;
  for (const part of parts) {
    const last = result.at(-1);
    const joins =
      last !== undefined &&
      before !== undefined &&
      (behavior === 'Contiguous'
        ? before.isMatch === part.isMatch
        : behavior === 'MergedWithPrevious'
          ? part.isMatch && !before.isMatch
          : before.isMatch && !part.isMatch);
    if (joins) last.end = part.end;
    else result.push({ ...part });
    before = part;
  }
  return result;
}
