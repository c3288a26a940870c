/** Python's `str()` and `repr()`. */
import { floatText } from '../pythonText';
import {
  Callable,
  dictItems,
  Float,
  isDict,
  isPlainDict,
  lift,
  Loop,
  Namespace,
  TemplateFault,
  Tuple,
  Undefined,
  type Value,
} from './values';
import { worked } from './work';

const deepest = 200;

/** What `{{ value }}` prints. */
export function str(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined || value === undefined) return '';
  return repr(value);
}

/** `repr(value)`: texts in quotes. */
export function repr(value: Value, depth = 0): string {
  if (value === null) return 'None';
  if (depth > deepest) throw new TemplateFault('data nested too deeply to print');
  worked(typeof value === 'string' ? value.length : 1);
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
    case 'bigint':
      return value.toString();
    case 'boolean':
      return value ? 'True' : 'False';
  }
  if (value instanceof Float) {
    const text = floatText(value.value);
    return { NaN: 'nan', Infinity: 'inf', '-Infinity': '-inf' }[text] ?? text;
  }
  if (Array.isArray(value)) {
    const items = value.map((_, index) => repr(lift(value, index), depth + 1));
    if (!(value instanceof Tuple)) return `[${items.join(', ')}]`;
    return items.length === 1 ? `(${items.join('')},)` : `(${items.join(', ')})`;
  }
  if (value instanceof Map || isPlainDict(value)) {
    return `{${dictItems(value)
      .map(([key, item]) => `${repr(key, depth + 1)}: ${repr(item, depth + 1)}`)
      .join(', ')}}`;
  }
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Namespace)
    return `<Namespace {${[...value.members].map(([key, item]) => `${quoted(key)}: ${repr(item, depth + 1)}`).join(', ')}}>`;
  if (value instanceof Loop) return `<LoopContext ${value.index0 + 1}/${value.items.length}>`;
  return value instanceof Callable ? `<function ${value.name}>` : isDict(value) ? '{}' : '<object>';
}

/** A text in Python's quotes: double ones only around a text that holds single ones and no double ones. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\'"\p{C}\p{Z}]/gu, (unit) => {
    switch (unit) {
      case ' ':
        return unit;
      case '\\':
        return '\\\\';
      case '\n':
        return '\\n';
      case '\r':
        return '\\r';
      case '\t':
        return '\\t';
      case "'":
      case '"':
        return unit === quote ? `\\${unit}` : unit;
    }
    const code = unit.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code < 0x100
      ? `\\x${hex.padStart(2, '0')}`
      : code < 0x10000
        ? `\\u${hex.padStart(4, '0')}`
        : `\\U${hex.padStart(8, '0')}`;
  });
  return quote + body + quote;
}
