/** Jinja's filters of one value; those of lists are in listFilters.ts. */
import { strip } from '../pythonText';
import { inOrder, textArgument } from './arguments';
import { formatPercent } from './formatText';
import { dumpJson } from './json';
import { byPath, listFilters, membersIfAny } from './listFilters';
import { attribute } from './members';
import { lengthOf, place } from './operators';
import type { RenderState } from './state';
import { capitalize, replaceText } from './stringMethods';
import { withoutTags } from './tags';
import { repr, str } from './text';
import {
  defined,
  Float,
  isNumber,
  isTrue,
  Stream,
  TemplateFault,
  textLength,
  Tuple,
  typeName,
  Undefined,
  type Keywords,
  type Value,
} from './values';

export type Filter = (state: RenderState, value: Value, args: Value[], keywords: Keywords) => Value;

const onText =
  (change: (text: string) => string): Filter =>
  (_, value) =>
    change(str(value));
const count: Filter = (_, value) => lengthOf(value);
const orDefault: Filter = (_, value, args, keywords) => {
  const [fallback = '', evenFalse] = inOrder('default', args, keywords, ['default_value', 'boolean']);
  return value instanceof Undefined || (isTrue(evenFalse) && !isTrue(value)) ? fallback : value;
};
const escape = onText((text) =>
  text.replace(
    /[&<>"']/g,
    (unit) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[unit] ?? unit,
  ),
);
/** The `title` filter begins words after these only, unlike `str.title`. */
const title = onText((text) =>
  text
    .split(/([-\s({[<]+)/)
    .map((word) => {
      const first = String.fromCodePoint(...(word === '' ? [] : [word.codePointAt(0) ?? 0]));
      return first.toUpperCase() + word.slice(first.length).toLowerCase();
    })
    .join(''),
);

const toInt: Filter = (_, value, args, keywords) => {
  const [fallback = 0, base] = inOrder('int', args, keywords, ['default', 'base']);
  if (value instanceof Float) return Number.isFinite(value.value) ? Math.trunc(value.value) : fallback;
  if (typeof value === 'boolean') return Number(value);
  if (isNumber(value)) return value;
  if (typeof value !== 'string') return fallback;
  const radix = place(base) ?? 10;
  const text = value.trim().replaceAll('_', '').toLowerCase();
  const digits =
    radix === 16
      ? text.replace(/^([+-]?)0x/, '$1')
      : radix === 8
        ? text.replace(/^([+-]?)0o/, '$1')
        : radix === 2
          ? text.replace(/^([+-]?)0b/, '$1')
          : text;
  const parsed =
    /^[+-]?[\da-z]+$/.test(digits) && [...digits.replace(/^[+-]/, '')].every((digit) => parseInt(digit, 36) < radix)
      ? parseInt(digits, radix)
      : NaN;
  if (Number.isSafeInteger(parsed)) return parsed;
  const float = radix === 10 && text !== '' ? Number(text) : NaN;
  return Number.isFinite(float) ? Math.trunc(float) : fallback;
};
const toFloat: Filter = (_, value, args, keywords) => {
  const [fallback = new Float(0)] = inOrder('float', args, keywords, ['default']);
  if (value instanceof Float) return value;
  if (isNumber(value)) return new Float(Number(value));
  const float = typeof value === 'string' && value.trim() !== '' ? Number(value.trim()) : NaN;
  return Number.isNaN(float) ? fallback : new Float(float);
};

/** Python's `round`: by the exact binary value, a tie to the even digit. `toFixed` is exact but takes a tie up. */
function halfEven(number: number, places: number): number {
  const exact = Math.abs(number).toFixed(100).split('.')[1] ?? '';
  const rounded = Number(number.toFixed(places));
  if (!/^50*$/.test(exact.slice(places))) return rounded;
  const last = Number(
    Math.abs(number)
      .toFixed(100)
      .slice(0, -100 + places)
      .replace('.', '')
      .slice(-1),
  );
  const down = Number(
    Math.abs(number)
      .toFixed(100)
      .slice(0, -100 + places),
  );
  return Math.sign(number) * (last % 2 === 0 ? down : Math.abs(rounded) > down ? Math.abs(rounded) : down);
}

const round: Filter = (_, value, args, keywords) => {
  const [digits, method = 'common'] = inOrder('round', args, keywords, ['precision', 'method']);
  if (!isNumber(value)) throw new TemplateFault(`round: a number is needed, got ${typeName(defined(value))}`);
  const number = value instanceof Float ? value.value : Number(value);
  const factor = 10 ** Math.min(Math.max(place(digits) ?? 0, -300), 300);
  if (method === 'ceil') return new Float(Math.ceil(number * factor) / factor);
  if (method === 'floor') return new Float(Math.floor(number * factor) / factor);
  const places = place(digits) ?? 0;
  const result = places < 0 ? halfEven(number * factor, 0) / factor : halfEven(number, Math.min(places, 80));
  return value instanceof Float ? new Float(result) : result;
};

const indent: Filter = (state, value, args, keywords) => {
  const [width = 4, first = false, blank = false] = inOrder('indent', args, keywords, ['width', 'first', 'blank']);
  const gap = typeof width === 'string' ? width : ' '.repeat(Math.min(Math.max(place(width) ?? 4, 0), 10_000));
  const lines = str(value).split('\n');
  state.spend(lines.length * gap.length);
  return lines
    .map((line, index) => ((index === 0 ? isTrue(first) : line !== '' || isTrue(blank)) ? gap + line : line))
    .join('\n');
};

const truncate: Filter = (_, value, args, keywords) => {
  const [limit = 255, killWords = false, end = '...', leeway = 5] = inOrder('truncate', args, keywords, [
    'length',
    'killwords',
    'end',
    'leeway',
  ]);
  const text = str(value);
  const units = Array.from(text);
  const length = place(limit) ?? 255;
  const tail = textArgument('truncate', end);
  if (units.length <= length + (place(leeway) ?? 5)) return text;
  const cut = units.slice(0, length - textLength(tail)).join('');
  if (isTrue(killWords)) return cut + tail;
  const space = cut.lastIndexOf(' ');
  return (space < 0 ? cut : cut.slice(0, space)) + tail;
};

const wordwrap: Filter = (state, value, args, keywords) => {
  const [width = 79, breakLong = true, newline = '\n'] = inOrder('wordwrap', args, keywords, [
    'width',
    'break_long_words',
    'wrapstring',
    'break_on_hyphens',
  ]);
  const limit = Math.max(place(width) ?? 79, 1);
  const joint = textArgument('wordwrap', newline);
  const text = str(value);
  state.spend(text.length * (1 + joint.length));
  const wrapLine = (line: string): string => {
    const lines: string[] = [];
    let current = '';
    for (let word of line.split(/(\s+)/)) {
      if ((current + word).length <= limit) {
        current += word;
        continue;
      }
      if (current.trimEnd() !== '') lines.push(current.trimEnd());
      current = '';
      if (/^\s/.test(word)) continue;
      while (isTrue(breakLong) && word.length > limit) {
        lines.push(word.slice(0, limit));
        word = word.slice(limit);
      }
      current = word;
    }
    if (current.trimEnd() !== '' || lines.length === 0) lines.push(current.trimEnd());
    return lines.join(joint);
  };
  return text.split('\n').map(wrapLine).join(joint);
};

const tojson: Filter = (state, value, args, keywords) => {
  // transformers: tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False)
  const [ascii, gap, separators, sorted] = inOrder('tojson', args, keywords, [
    'ensure_ascii',
    'indent',
    'separators',
    'sort_keys',
  ]);
  const pair = Array.isArray(separators) ? separators : null;
  return dumpJson(state, value, {
    ensureAscii: isTrue(ascii),
    indent:
      typeof gap === 'string' ? gap : typeof gap === 'number' ? ' '.repeat(Math.min(Math.max(gap, 0), 1000)) : null,
    separators: pair ? [textArgument('tojson', pair[0]), textArgument('tojson', pair[1])] : null,
    sortKeys: isTrue(sorted),
  });
};

const sizeUnits = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
const fileSize: Filter = (_, value, args, keywords) => {
  const [binary] = inOrder('filesizeformat', args, keywords, ['binary']);
  const bytes = (toFloat(_, value, [], null) as Float).value;
  const base = isTrue(binary) ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  let index = 0;
  while (index < sizeUnits.length - 1 && bytes >= base ** (index + 2)) index++;
  const unit = sizeUnits[index] ?? '';
  return `${(bytes / base ** (index + 1)).toFixed(1)} ${isTrue(binary) ? `${unit.charAt(0).toUpperCase()}iB` : unit}`;
};

const map: Filter = (state, value, args, keywords) => {
  const items = membersIfAny(state, value);
  if (args.length === 0 && keywords?.has('attribute')) {
    const read = byPath(keywords.get('attribute'));
    const fallback = keywords.get('default');
    return Stream.over(
      items.map((one) => {
        const found = read(one);
        return found instanceof Undefined && fallback !== undefined ? fallback : found;
      }),
    );
  }
  const [name, ...rest] = args;
  const filter = filterOf(textArgument('map', name));
  if (!filter) throw new TemplateFault(`no filter named '${str(name)}'`);
  return Stream.over(items.map((one) => filter(state, one, rest, keywords)));
};

const valueFilters: Readonly<Record<string, Filter>> = {
  abs: (_, value) => {
    if (value instanceof Float) return new Float(Math.abs(value.value));
    if (typeof value === 'bigint') return value < 0n ? -value : value;
    if (isNumber(value)) return Math.abs(Number(value));
    throw new TemplateFault(`bad operand type for abs(): '${typeName(defined(value))}'`);
  },
  attr: (_, value, [name]) =>
    typeof value === 'object' && value !== null
      ? attribute(value, textArgument('attr', name))
      : new Undefined('no such attribute'),
  capitalize: onText(capitalize),
  center: (state, value, args, keywords) => {
    const [width = 80] = inOrder('center', args, keywords, ['width']);
    const text = str(value);
    const size = place(width) ?? 80;
    const missing = size - textLength(text);
    if (missing <= 0) return text;
    state.spend(size);
    const before = Math.floor(missing / 2) + (missing & size & 1);
    return ' '.repeat(before) + text + ' '.repeat(missing - before);
  },
  count,
  length: count,
  d: orDefault,
  default: orDefault,
  e: escape,
  escape,
  forceescape: escape,
  filesizeformat: fileSize,
  float: toFloat,
  format: (state, value, args, keywords) =>
    formatPercent(state, str(value), keywords && keywords.size > 0 ? new Map(keywords) : Tuple.holding(args)),
  indent,
  int: toInt,
  map,
  lower: onText((text) => text.toLowerCase()),
  upper: onText((text) => text.toUpperCase()),
  title,
  pprint: (_, value) => repr(value),
  replace: (state, value, args, keywords) => {
    const [from, to, limit] = inOrder('replace', args, keywords, ['old', 'new', 'count']);
    return replaceText(state, str(value), str(from), str(to), place(limit) ?? -1);
  },
  round,
  safe: (_, value) => str(value),
  string: (_, value) => str(value),
  striptags: onText((text) =>
    withoutTags(text)
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' '),
  ),
  trim: (_, value, args, keywords) => {
    const [chars] = inOrder('trim', args, keywords, ['chars']);
    return strip(str(value), 'strip', chars === undefined || chars === null ? null : textArgument('trim', chars));
  },
  truncate,
  tojson,
  urlencode: (_, value) =>
    encodeURIComponent(str(value))
      .replaceAll('%2F', '/')
      .replace(/[!'()*]/g, (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`),
  wordcount: (_, value) => str(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0,
  wordwrap,
};

/** The filter of a name; null when there is none. */
export function filterOf(name: string): Filter | null {
  if (Object.hasOwn(valueFilters, name)) return valueFilters[name] ?? null;
  return Object.hasOwn(listFilters, name) ? (listFilters[name] ?? null) : null;
}
