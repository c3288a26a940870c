/** `'%s' % value`, `'{}'.format(value)` and the widths in them. */
import { floatText } from '../pythonText';
import type { RenderState } from './state';
import { str, repr } from './text';
import {
  dictGet,
  Float,
  isDict,
  isNumber,
  lift,
  TemplateFault,
  Tuple,
  typeName,
  type Keywords,
  type Value,
} from './values';

const widest = 10_000;

function width(digits: string | undefined): number {
  const count = Number(digits ?? 0);
  if (count > widest) throw new TemplateFault(`a width of at most ${widest} is allowed, got ${digits ?? ''}`);
  return count;
}

const wholeOf = (value: Value): bigint => {
  if (value instanceof Float) return BigInt(Math.trunc(value.value));
  if (isNumber(value)) return BigInt(value as number | bigint | boolean);
  throw new TemplateFault(`a number is required, not ${typeName(value)}`);
};
const floatOf = (value: Value): number => {
  if (value instanceof Float) return value.value;
  if (isNumber(value)) return Number(value);
  throw new TemplateFault(`must be real number, not ${typeName(value)}`);
};

/** A number in one of Python's forms, without width. */
function inForm(form: string, value: Value, precision: number | null): string {
  switch (form) {
    case 'd':
    case 'i':
    case 'u':
      return wholeOf(value).toString();
    case 'x':
    case 'X': {
      const text = wholeOf(value).toString(16);
      return form === 'X' ? text.toUpperCase() : text;
    }
    case 'o':
      return wholeOf(value).toString(8);
    case 'b':
      return wholeOf(value).toString(2);
    case 'f':
    case 'F':
      return floatOf(value).toFixed(Math.min(precision ?? 6, 100));
    case 'e':
    case 'E': {
      const text = floatOf(value)
        .toExponential(Math.min(precision ?? 6, 100))
        .replace(/e([+-])(\d)$/, 'e$10$2');
      return form === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G': {
      const digits = Math.min(Math.max(precision ?? 6, 1), 100);
      const number = floatOf(value);
      if (number === 0) return '0';
      const exponent = Number(number.toExponential(digits - 1).split('e')[1]);
      if (exponent < -4 || exponent >= digits) {
        return number
          .toExponential(digits - 1)
          .replace(/\.?0+e/, 'e')
          .replace(/e([+-])(\d)$/, 'e$10$2');
      }
      const fixed = number.toFixed(Math.max(digits - 1 - exponent, 0));
      return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
    }
    default:
      throw new TemplateFault(`unsupported format character '${form}'`);
  }
}

function padded(text: string, size: number, side: '<' | '>' | '^' | '=', fill = ' '): string {
  const missing = size - Array.from(text).length;
  if (missing <= 0) return text;
  if (side === '<') return text + fill.repeat(missing);
  if (side === '^') return fill.repeat(Math.floor(missing / 2)) + text + fill.repeat(Math.ceil(missing / 2));
  const sign = side === '=' ? (/^[-+ ]/.exec(text)?.[0] ?? '') : '';
  return sign + fill.repeat(missing) + text.slice(sign.length);
}

/** `text % values`. */
export function formatPercent(state: RenderState, text: string, values: Value): string {
  const list = values instanceof Tuple ? values : [values];
  let used = 0;
  const result = text.replace(
    /%(?:\(([^()]*)\))?([-+ 0#]*)([1-9]\d*|\*)?(?:\.(\d+|\*))?([a-zA-Z%])/g,
    (_, key: string | undefined, flags: string, size: string | undefined, digits: string | undefined, form: string) => {
      if (form === '%') return '%';
      let value: Value;
      if (key !== undefined) {
        if (!isDict(values)) throw new TemplateFault('format requires a mapping');
        value = dictGet(values, key);
        if (value === undefined) throw new TemplateFault(`KeyError: ${repr(key)}`);
      } else {
        if (used >= list.length) throw new TemplateFault('not enough arguments for format string');
        value = lift(list, used++);
      }
      const precision = digits === undefined ? null : width(digits);
      let piece: string;
      if (form === 's' || form === 'r' || form === 'a') {
        piece = form === 's' ? str(value) : repr(value);
        if (precision !== null) piece = Array.from(piece).slice(0, precision).join('');
      } else if (form === 'c') piece = typeof value === 'string' ? value : String.fromCodePoint(Number(wholeOf(value)));
      else {
        piece = inForm(form, value, precision);
        if (!piece.startsWith('-')) piece = (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') + piece;
      }
      const isNumeric = !'srac'.includes(form);
      const side = flags.includes('-') ? '<' : flags.includes('0') && isNumeric ? '=' : '>';
      return padded(piece, width(size), side, side === '=' ? '0' : ' ');
    },
  );
  state.spend(result.length);
  if (used < list.length && !isDict(values) && values instanceof Tuple)
    throw new TemplateFault('not all arguments converted during string formatting');
  return result;
}

/** `text.format(…)`; fields name arguments by place or name, and no attributes of them. */
export function formatBraces(state: RenderState, text: string, args: Value[], keywords: Keywords): string {
  let next = 0;
  const result = text.replace(
    /\{\{|\}\}|\{([^{}!:]*)(?:!([rs]))?(?::([^{}]*))?\}|[{}]/g,
    (whole, field: string | undefined, conversion: string | undefined, spec: string | undefined) => {
      if (whole === '{{') return '{';
      if (whole === '}}') return '}';
      if (field === undefined) throw new TemplateFault(`Single '${whole}' encountered in format string`);
      let value: Value;
      if (/^\d*$/.test(field)) {
        const index = field === '' ? next++ : Number(field);
        if (index >= args.length)
          throw new TemplateFault(`Replacement index ${index} out of range for positional args tuple`);
        value = args[index];
      } else if (/^\w+$/.test(field)) {
        if (!keywords?.has(field)) throw new TemplateFault(`KeyError: '${field}'`);
        value = keywords.get(field);
      } else throw new TemplateFault(`format: only plain fields are allowed, got ${JSON.stringify(field)}`);
      if (conversion === 'r') value = repr(value);
      return formatSpec(value, spec ?? '');
    },
  );
  state.spend(result.length);
  return result;
}

function formatSpec(value: Value, spec: string): string {
  if (spec === '') return str(value);
  const parts = /^(?:(.)?([<>=^]))?([-+ ])?#?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u.exec(spec);
  if (!parts) throw new TemplateFault(`Invalid format specifier '${spec}'`);
  const [, fill, align, sign, zero, size, group, digits, form] = parts;
  const isText = typeof value === 'string' || !isNumber(value);
  const precision = digits === undefined ? null : width(digits);
  let text: string;
  if (isText) {
    text = str(value);
    if (precision !== null) text = Array.from(text).slice(0, precision).join('');
  } else if (form === '%') text = `${(floatOf(value) * 100).toFixed(precision ?? 6)}%`;
  else if (form === undefined && value instanceof Float)
    text = precision === null ? floatText(value.value) : inForm('g', value, precision);
  else text = inForm(form ?? 'd', value, precision);
  if (!isText && group !== undefined) text = text.replace(/\d(?=(?:\d{3})+(?!\d))(?<!\.\d*)/g, `$&${group}`);
  if (!isText && sign !== undefined && sign !== '-' && !text.startsWith('-')) text = sign + text;
  const side = (align ?? (zero !== undefined && !isText ? '=' : isText ? '<' : '>')) as '<' | '>' | '^' | '=';
  return padded(text, width(size), side, fill ?? (zero === undefined ? ' ' : '0'));
}
