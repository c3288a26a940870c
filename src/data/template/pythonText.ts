/** Python's ways with strings and JSON, where `@huggingface/jinja` has JavaScript's. */

/** What `str.isspace` accepts, as a character class: unlike JavaScript's \s with U+001C–U+001F and U+0085, without U+FEFF. */
const space = '\\t\\n\\v\\f\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** `str.strip`, `str.lstrip`, `str.rstrip`. @param chars the characters to take away; white space when null. */
export function strip(text: string, side: 'strip' | 'lstrip' | 'rstrip', chars: string | null): string {
  const set = chars === null ? null : new Set(chars);
  const isSpace = new RegExp(`[${space}]`, 'u');
  const units = Array.from(text);
  const goes = (unit: string | undefined): boolean => unit !== undefined && (set ? set.has(unit) : isSpace.test(unit));
  let start = 0;
  let end = units.length;
  if (side !== 'rstrip') while (start < end && goes(units[start])) start++;
  if (side !== 'lstrip') while (end > start && goes(units[end - 1])) end--;
  return start === 0 && end === units.length ? text : units.slice(start, end).join('');
}

/** `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  if (value === 0) return '0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-4) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** A runtime value of the template language, by the type name that the package gives it. */
export interface RuntimeValue {
  type: string;
  value: unknown;
  /** The digits of a whole number that a JavaScript number can't hold. */
  digits?: string;
}

interface DumpOptions {
  indent: number | null;
  ensureAscii: boolean;
  sortKeys: boolean;
  separators: [string, string] | null;
}

/** `json.dumps` of a runtime value. Throws for what JSON has no form for. */
export function dumpJson(value: RuntimeValue, options: DumpOptions, depth = 0): string {
  const { indent, ensureAscii, sortKeys } = options;
  const [itemSeparator, keySeparator] = options.separators ?? [indent === null ? ', ' : ',', ': '];
  const text = (plain: string): string => {
    // JSON.stringify escapes lone surrogates; Python with ensure_ascii=False does not, but its output can't be encoded then.
    const quoted = JSON.stringify(plain);
    return ensureAscii
      ? quoted.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : quoted;
  };
  const wrap = (open: string, items: string[], close: string): string => {
    if (items.length === 0) return open + close;
    if (indent === null) return open + items.join(itemSeparator) + close;
    const outer = `\n${' '.repeat(indent * depth)}`;
    const inner = outer + ' '.repeat(indent);
    return open + inner + items.join(itemSeparator + inner) + outer + close;
  };
  switch (value.type) {
    case 'NullValue':
      return 'null';
    case 'BooleanValue':
      return String(value.value);
    case 'StringValue':
      return text(String(value.value));
    case 'IntegerValue':
      return value.digits ?? BigInt(value.value as number).toString();
    case 'FloatValue':
      return floatText(value.value as number);
    case 'ArrayValue':
    case 'TupleValue':
      return wrap(
        '[',
        (value.value as RuntimeValue[]).map((item) => dumpJson(item, options, depth + 1)),
        ']',
      );
    case 'ObjectValue':
    case 'NamespaceValue': {
      const entries = [...(value.value as Map<string, RuntimeValue>)];
      if (sortKeys) entries.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
      return wrap(
        '{',
        entries.map(([key, item]) => text(key) + keySeparator + dumpJson(item, options, depth + 1)),
        '}',
      );
    }
    default:
      throw new Error(`Object of type ${value.type} is not JSON serializable`);
  }
}
