import type { Message } from '../../protocol/conversation';
import { replaceInContent, replaceInText, type Replacement } from './replaceRanges';

/**
 * A message whose texts hold none of these tokens. A space after a token's first character breaks it: `<|im_end|>`
 * becomes `< |im_end|>`, which a person reads as before, which is plain in the view (an invisible character would not
 * be), and which costs one token or two. A token of one character can't be broken and stays.
 */
export function escapeControlTokens(message: Message, tokens: readonly string[]): Message {
  const pattern = patternOf(tokens);
  if (!pattern) return message;
  let escaped = message;
  // A space may make another token ("<b>" and "< b>"): look again, a few times at most.
  for (let round = 0; round < mostRounds; round++) {
    const { content, reasoning_content: thought } = escaped;
    const inContent = typeof content === 'string' ? placesIn(content, pattern) : [];
    const inThought = thought === undefined ? [] : placesIn(thought, pattern);
    if (inContent.length + inThought.length === 0) break;
    escaped = replaceInContent(escaped, inContent);
    // The input is the end of the content, and is known by that.
    const { input } = escaped;
    if (input !== undefined) escaped = { ...escaped, input: replaceInText(input, placesIn(input, pattern)) };
    if (inThought.length > 0) escaped = { ...escaped, reasoning_content: replaceInText(thought ?? '', inThought) };
  }
  return escaped;
}

const mostRounds = 4;

function placesIn(text: string, pattern: RegExp): Replacement[] {
  return Array.from(text.matchAll(pattern), (match) => {
    const first = String.fromCodePoint(match[0].codePointAt(0) ?? 32);
    const at = match.index + first.length;
    return { start: at, end: at, text: ' ' };
  });
}

let last: { tokens: readonly string[]; pattern: RegExp | null } | null = null;

/** Longest token first, as the tokenizer reads them. Kept for the list it was made of, since many rows share it. */
function patternOf(tokens: readonly string[]): RegExp | null {
  if (last?.tokens === tokens) return last.pattern;
  const usable = tokens.filter((token) => [...token].length > 1);
  usable.sort((one, other) => other.length - one.length);
  const source = usable.map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  last = { tokens, pattern: usable.length > 0 ? new RegExp(source, 'g') : null };
  return last.pattern;
}
