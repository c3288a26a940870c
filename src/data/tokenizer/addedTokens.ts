/** An entry of tokenizer.json's `added_tokens`. */
export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
}

/** A stretch of a text: an added token, or ordinary text between two of them. */
interface Section {
  start: number;
  end: number;
  token: AddedToken | null;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const wordUnit = /[\p{L}\p{N}_]/u;

/** Finds added tokens in a text: leftmost, then longest, as the tokenizers library does. */
export class AddedTokenSplitter {
  readonly #pattern: RegExp | null;
  readonly #byContent: ReadonlyMap<string, AddedToken>;

  constructor(tokens: readonly AddedToken[]) {
    const usable = tokens.filter((token) => token.content.length > 0);
    this.#byContent = new Map(usable.map((token) => [token.content, token]));
    const longestFirst = usable.map((token) => token.content).sort((one, other) => other.length - one.length);
    this.#pattern = longestFirst.length > 0 ? new RegExp(longestFirst.map(escape).join('|'), 'g') : null;
  }

  /** Covers the text from start to end without gaps; empty stretches are left out. */
  split(text: string): Section[] {
    const sections: Section[] = [];
    let done = 0;
    const pattern = this.#pattern;
    if (pattern) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
        const token = this.#byContent.get(match[0]);
        if (!token) continue;
        let start = match.index;
        let end = start + match[0].length;
        if (token.single_word && (wordUnit.test(text.charAt(start - 1)) || wordUnit.test(text.charAt(end)))) continue;
        // White space beside such a token belongs to it.
        if (token.lstrip) while (start > done && /\s/.test(text.charAt(start - 1))) start--;
        if (token.rstrip) while (end < text.length && /\s/.test(text.charAt(end))) end++;
        if (start > done) sections.push({ start: done, end: start, token: null });
        sections.push({ start, end, token });
        done = end;
        pattern.lastIndex = end;
      }
    }
    if (done < text.length) sections.push({ start: done, end: text.length, token: null });
    return sections;
  }

  /** The added tokens whose text stands in a text, each once. */
  find(text: string): AddedToken[] {
    if (!this.#pattern) return [];
    const found = new Set(text.match(this.#pattern) ?? []);
    return [...found].flatMap((content) => this.#byContent.get(content) ?? []);
  }
}
