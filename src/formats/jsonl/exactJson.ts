import { closingQuote } from './closingQuote';

/**
 * What `JSON.parse` loses and Python's `json.loads` keeps: the order of keys that look like numbers, whether a number was
 * written as a float (`1.0`), and the digits of large whole numbers. Templates print these again (`tojson`), so that the
 * model would see other text. Kept beside the parsed objects, by identity; the objects themselves stay plain.
 */
interface Exact {
  /** Keys in the order of the text, where JavaScript's differs. */
  order: string[] | null;
  /** Number members (key or index) with their text, where a JavaScript number tells less. */
  literals: ReadonlyMap<string | number, string>;
}

const notes = new WeakMap<object, Exact>();

/** What was lost of an object or list from a noted text; undefined when nothing was. */
export const exactOf = (value: object): Exact | undefined => notes.get(value);

const space = /[ \t\r\n]*/y;
const bare = /[^\s,\]}]+/y;

/** Notes what `JSON.parse(text)` lost of `value`. The text must be valid JSON, and `value` what it parsed to. */
export function noteExact(text: string, value: unknown): void {
  let at = 0;
  const skip = (): void => {
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
  };
  const readScalar = (): string => {
    const start = at;
    if (text.charAt(at) === '"') at = closingQuote(text, at) + 1;
    else {
      bare.lastIndex = at;
      at += bare.exec(text)?.[0].length ?? 0;
    }
    return text.slice(start, at);
  };
  /** Reads one value; its text when it is a number worth noting. */
  const walk = (parsed: unknown): string | null => {
    skip();
    const open = text.charAt(at);
    if (open !== '{' && open !== '[') {
      const literal = readScalar();
      const isNumber = /^[-\d]/.test(literal);
      return isNumber && (/[.eE]/.test(literal) || !Number.isSafeInteger(Number(literal))) ? literal : null;
    }
    const members = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string | number, unknown>) : {};
    const order = new Set<string>();
    const literals = new Map<string | number, string>();
    at++;
    for (let index = 0; ; index++) {
      skip();
      if (text.charAt(at) === ',') {
        at++;
        skip();
      }
      if (at >= text.length || text.charAt(at) === (open === '{' ? '}' : ']')) break;
      let key: string | number = index;
      if (open === '{') {
        key = JSON.parse(readScalar()) as string;
        order.add(key);
        skip();
        at++; // the colon
      }
      const literal = walk(Object.hasOwn(members, key) ? members[key] : undefined);
      if (literal === null) literals.delete(key);
      else literals.set(key, literal);
    }
    at++;
    const keys = [...order];
    const isReordered = open === '{' && Object.keys(members).some((key, place) => key !== keys[place]);
    if (isReordered || literals.size > 0) notes.set(members, { order: isReordered ? keys : null, literals });
    return null;
  };
  try {
    walk(value);
  } catch (error) {
    // Nested deeper than the stack: such a row has more to fear than 1.0 printed as 1.
    if (!(error instanceof RangeError)) throw error;
  }
}
