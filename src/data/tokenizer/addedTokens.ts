import { classOf, classSpace } from './charClasses';

/** An entry of tokenizer.json's `added_tokens`. */
export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  /** Whether the token is looked for in the normalized text rather than in the text as written. */
  normalized: boolean;
}

/** A stretch of a text: an added token, or ordinary text between two of them. */
interface Section {
  start: number;
  end: number;
  token: AddedToken | null;
}

/** What the tokens library calls a word character: `\w` of Rust's regular expressions. */
const wordChar = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** The tokens that begin with one character: by their text, with the lengths that occur, longest first. */
interface Bucket {
  first: string;
  lengths: number[];
  byText: Map<string, AddedToken>;
}

/** Finds added tokens in a text: leftmost, then longest, as the tokenizers library does. */
export class AddedTokenSplitter {
  readonly #buckets: readonly Bucket[];

  /** @param spelled the text to look for in place of a token's own: what normalization makes of it. */
  constructor(tokens: readonly AddedToken[], spelled: (content: string) => string = (content) => content) {
    const buckets = new Map<string, Bucket>();
    for (const token of tokens) {
      const text = spelled(token.content);
      if (text === '') continue;
      const first = text.charAt(0);
      const bucket = buckets.get(first) ?? { first, lengths: [], byText: new Map<string, AddedToken>() };
      buckets.set(first, bucket);
      bucket.byText.set(text, token);
      if (!bucket.lengths.includes(text.length)) bucket.lengths.push(text.length);
    }
    this.#buckets = [...buckets.values()];
    for (const { lengths } of this.#buckets) lengths.sort((one, other) => other - one);
  }

  /** Covers the text from start to end without gaps; empty stretches are left out. */
  split(text: string): Section[] {
    const sections: Section[] = [];
    let done = 0;
    this.#forEach(text, (token, foundAt, length) => {
      let start = foundAt;
      let end = foundAt + length;
      if (token.single_word && (endsInWord(text, start) || beginsWithWord(text, end))) return end;
      // White space beside such a token belongs to it.
      if (token.lstrip) while (start > done && isSpace(text, start - 1)) start--;
      if (token.rstrip) while (end < text.length && isSpace(text, end)) end++;
      if (start > done) sections.push({ start: done, end: start, token: null });
      sections.push({ start, end, token });
      done = end;
      return end;
    });
    if (done < text.length) sections.push({ start: done, end: text.length, token: null });
    return sections;
  }

  /** The added tokens whose text stands in a text, each once. */
  find(text: string): AddedToken[] {
    const found = new Set<AddedToken>();
    this.#forEach(text, (token, at, length) => {
      found.add(token);
      return at + length;
    });
    return [...found];
  }

  /** Calls `visit` with each token found; it returns where to go on. Plain text costs one search per first character. */
  #forEach(text: string, visit: (token: AddedToken, at: number, length: number) => number): void {
    const nexts = this.#buckets.map(({ first }) => text.indexOf(first));
    for (;;) {
      let nearest = -1;
      for (let index = 0; index < nexts.length; index++) {
        const at = nexts[index] ?? -1;
        if (at >= 0 && (nearest < 0 || at < (nexts[nearest] ?? 0))) nearest = index;
      }
      const bucket = this.#buckets[nearest];
      if (!bucket) return;
      const at = nexts[nearest] ?? 0;
      const token = longestAt(bucket, text, at);
      const goOn = token ? visit(token.token, at, token.length) : at + 1;
      for (let index = 0; index < nexts.length; index++) {
        const next = nexts[index] ?? -1;
        if (next >= 0 && next < goOn) nexts[index] = text.indexOf(this.#buckets[index]?.first ?? '', goOn);
      }
    }
  }
}

function longestAt(
  { lengths, byText }: Bucket,
  text: string,
  at: number,
): { token: AddedToken; length: number } | null {
  for (const length of lengths) {
    if (at + length > text.length) continue;
    const token = byText.get(text.slice(at, at + length));
    if (token) return { token, length };
  }
  return null;
}

const isSpace = (text: string, at: number): boolean => classOf(text.charCodeAt(at)) === classSpace;

const beginsWithWord = (text: string, at: number): boolean =>
  at < text.length && wordChar.test(String.fromCodePoint(text.codePointAt(at) ?? 0));

function endsInWord(text: string, at: number): boolean {
  if (at === 0) return false;
  const pair = at > 1 ? (text.codePointAt(at - 2) ?? 0) : 0;
  return wordChar.test(pair > 0xffff ? String.fromCodePoint(pair) : text.charAt(at - 1));
}
