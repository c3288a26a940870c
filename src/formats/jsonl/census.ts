import { closingQuote } from './closingQuote';

/**
 * What a row's text and its parsed value tell together, without scanning the text character by character: as many members
 * in both means that no key stood twice.
 */
export interface Census {
  /** Members of all objects, at any depth. */
  members: number;
  /** A number that a double may not hold exactly, or not at all. */
  hasLargeNumber: boolean;
  /** Nested deeper than `maxDepth`; the counts then stop there. */
  isTooDeep: boolean;
}

/** Counts members of a parsed value down to `maxDepth` levels. */
export function censusOf(value: unknown, maxDepth: number): Census {
  const census: Census = { members: 0, hasLargeNumber: false, isTooDeep: false };
  count(value, maxDepth, census);
  return census;
}

function count(value: unknown, depthLeft: number, census: Census): void {
  if (typeof value === 'number') {
    if (value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) census.hasLargeNumber = true;
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depthLeft === 0) {
    census.isTooDeep = true;
    return;
  }
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(value);
  if (parts !== value) census.members += parts.length;
  for (const part of parts) if (typeof part !== 'string') count(part, depthLeft - 1, census);
}

/** Members in a valid JSON text: strings that a colon follows. Hops from quote to quote. */
export function membersInText(text: string): number {
  let members = 0;
  for (let open = text.indexOf('"'); open >= 0;) {
    const close = closingQuote(text, open);
    if (close < 0) return members;
    let next = close + 1;
    let code = text.charCodeAt(next);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++next);
    if (code === 0x3a) members++;
    open = text.indexOf('"', next);
  }
  return members;
}

const maxLiterals = 10;

/** Numbers of a valid JSON text that a double changes: too large for it, or whole and not exact. At most ten, as written. */
export function inexactNumbers(text: string): string[] {
  const found: string[] = [];
  // Of a string only its first quote: an expression for all of it runs out of stack at ten million characters.
  const token = /"|-?\d[\d.eE+-]*/g;
  for (let match = token.exec(text); match && found.length < maxLiterals; match = token.exec(text)) {
    const [literal] = match;
    if (literal === '"') {
      token.lastIndex = closingQuote(text, match.index) + 1;
      continue;
    }
    const value = Number(literal);
    const isWhole = /^-?\d+$/.test(literal);
    if (!Number.isFinite(value) || (isWhole && !Number.isSafeInteger(value) && BigInt(literal) !== BigInt(value)))
      found.push(literal.length > 40 ? `${literal.slice(0, 40)}…` : literal);
  }
  return found;
}
