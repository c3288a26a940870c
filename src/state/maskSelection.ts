/** From tokens that a person picks to edits of the data: ranges of tokens, words, parts of contents. Pure. */
import type { DatasetEdit } from '../protocol/edits';
import type { ContentPlace, UsableRow } from '../protocol/rows';

/** Tokens `first` to `last`, both included. */
export interface TokenRange {
  first: number;
  last: number;
}

/** Part of a message's content: UTF-16 units, `end` excluded. */
export interface ContentPart {
  message: number;
  start: number;
  end: number;
}

type Placed = Pick<UsableRow, 'text' | 'offsets'>;

/** The range between two tokens, whichever comes first. */
export const rangeOf = (a: number, b: number): TokenRange => ({ first: Math.min(a, b), last: Math.max(a, b) });

/** Both ranges and what lies between them. */
export const joined = (a: TokenRange, b: TokenRange): TokenRange => ({
  first: Math.min(a.first, b.first),
  last: Math.max(a.last, b.last),
});

/** Text that a range of tokens covers: UTF-16 units of the row's text. */
export function textRange({ offsets }: Placed, { first, last }: TokenRange): { start: number; end: number } {
  let start = Infinity;
  let end = 0;
  for (let index = first; index <= last; index++) {
    start = Math.min(start, offsets[2 * index] ?? Infinity);
    end = Math.max(end, offsets[2 * index + 1] ?? 0);
  }
  return end > start ? { start, end } : { start: 0, end: 0 };
}

/** Text on either side of a token that is searched for the word around it; no word is longer. */
const wordReach = 200;
let segmenter: Intl.Segmenter | undefined;

/**
 * The tokens of the word around a token, by Unicode's word boundaries (which split Chinese and Japanese by dictionary).
 * White space before a word belongs to its token, not to the word's search. What is no word (punctuation, a special
 * token) is the token alone.
 */
export function wordRange({ text, offsets }: Placed, index: number, special: boolean): TokenRange {
  const alone = { first: index, last: index };
  const start = offsets[2 * index] ?? 0;
  const end = offsets[2 * index + 1] ?? start;
  const own = text.slice(start, end);
  const blank = own.length - own.trimStart().length;
  if (special || blank === own.length) return alone;
  const from = Math.max(0, start - wordReach);
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  const word = segmenter.segment(text.slice(from, end + wordReach)).containing(start + blank - from);
  if (!word?.isWordLike) return alone;
  const wordStart = from + word.index;
  const wordEnd = wordStart + word.segment.length;
  let { first, last } = alone;
  while (first > 0 && (offsets[2 * first - 1] ?? 0) > wordStart) first -= 1;
  while (2 * last + 2 < offsets.length && (offsets[2 * last + 2] ?? wordEnd) < wordEnd) last += 1;
  return { first, last };
}

/** The parts of contents that a stretch of the row's text shows, neighbouring parts of one message joined. */
export function contentParts(range: { start: number; end: number }, contents: readonly ContentPlace[]): ContentPart[] {
  const parts: ContentPart[] = [];
  for (const place of [...contents].sort((a, b) => a.start - b.start)) {
    const start = Math.max(range.start, place.start);
    const end = Math.min(range.end, place.end);
    if (start >= end) continue;
    const part = {
      message: place.message,
      start: place.contentStart + start - place.start,
      end: place.contentStart + end - place.start,
    };
    const before = parts.at(-1);
    if (before?.message === part.message && before.end === part.start) before.end = part.end;
    else parts.push(part);
  }
  return parts;
}

export interface PickedContents {
  parts: ContentPart[];
  /** Part of the selection is the template's own text, which can't be switched. */
  hasTemplateText: boolean;
}

/** What of the picked tokens can be switched by hand, and whether something can't. */
export function pickedContents(row: Placed & Pick<UsableRow, 'contents'>, tokens: TokenRange): PickedContents {
  const range = textRange(row, tokens);
  const parts = contentParts(range, row.contents);
  const covered = parts.reduce((total, part) => total + part.end - part.start, 0);
  return { parts, hasTemplateText: covered < range.end - range.start };
}

/** Edits that train on (1) or mask (0) parts of contents of a row, one per part. */
export const partEdits = (row: number, parts: readonly ContentPart[], weight: 0 | 1): DatasetEdit[] =>
  parts.map((part) => ({ kind: 'weight', row, ...part, weight }));

/** The edit that trains on (1) or masks (0) a whole turn. */
export const turnEdit = (row: number, message: number, weight: 0 | 1): DatasetEdit => ({
  kind: 'weight',
  row,
  message,
  start: null,
  end: null,
  weight,
});
