import { closingQuote } from '../jsonl/closingQuote';

// Of a string only its first quote: an expression for all of it runs out of stack at some million characters.
const token = /["{}[\],:]/g;

/** The first key that stands twice in one object of a valid JSON text, which `JSON.parse` passes over; null: none does. */
export function duplicateKey(text: string): string | null {
  /** Keys of the objects around this place; null for a list. */
  const open: (Set<string> | null)[] = [];
  let last = '';
  token.lastIndex = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    let [found] = match;
    if (found === '"') {
      token.lastIndex = closingQuote(text, match.index) + 1;
      found = text.slice(match.index, token.lastIndex);
    } else if (found === '{') open.push(new Set());
    else if (found === '[') open.push(null);
    else if (found === '}' || found === ']') open.pop();
    else if (found === ':') {
      const key = JSON.parse(last) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    last = found;
  }
  return null;
}
