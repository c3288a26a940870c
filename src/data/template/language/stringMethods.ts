/** Python's methods of `str`. */
import { strip } from '../pythonText';
import { inOrder, textArgument } from './arguments';
import { formatBraces } from './formatText';
import { place, slice } from './operators';
import type { RenderState } from './state';
import {
  isBasic,
  itemsOf,
  lift,
  TemplateFault,
  textLength,
  Tuple,
  typeName,
  type Keywords,
  type Value,
} from './values';

type Method = (state: RenderState, text: string, args: Value[], keywords: Keywords) => Value;

/** Classes of characters, as texts: Python's white space and its ends of lines hold control characters. */
const spaceClass = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const lineEndClass = '\\n\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029';
const space = new RegExp(`[${spaceClass}]`);
const afterLineEnd = new RegExp(`(?<=\\r\\n|\\r(?!\\n)|[${lineEndClass}])`);
const lineEnd = new RegExp(`(?:\\r\\n|[\\r${lineEndClass}])$`);
const spaces = new RegExp(`${space.source}+`);

/** Part of a text by code points. */
function part(state: RenderState, text: string, start: Value, stop: Value): string {
  if ((start === undefined || start === 0) && (stop === undefined || stop === null)) return text;
  return slice(state, text, place(start), place(stop), null) as string;
}

const affix =
  (name: string, test: (text: string, piece: string) => boolean): Method =>
  (state, text, args, keywords) => {
    const [pieces, start, stop] = inOrder(name, args, keywords, ['prefix', 'start', 'end']);
    const within = part(state, text, start, stop);
    if (pieces instanceof Tuple) return pieces.some((piece) => test(within, textArgument(name, piece)));
    return test(within, textArgument(name, pieces));
  };

const stripper =
  (side: 'strip' | 'lstrip' | 'rstrip'): Method =>
  (_, text, args, keywords) => {
    const [chars] = inOrder(side, args, keywords, ['chars']);
    return strip(text, side, chars === undefined || chars === null ? null : textArgument(side, chars));
  };

const find =
  (name: string, isLast: boolean, mustBe: boolean): Method =>
  (state, text, args) => {
    const [piece, start, stop] = inOrder(name, args, null, ['sub', 'start', 'end']);
    const length = textLength(text);
    const from = Math.min(
      Math.max((place(start) ?? 0) < 0 ? (place(start) ?? 0) + length : (place(start) ?? 0), 0),
      length,
    );
    const within = part(state, text, start, stop);
    const needle = textArgument(name, piece);
    const at = isLast ? within.lastIndexOf(needle) : within.indexOf(needle);
    if (at < 0 && mustBe) throw new TemplateFault('substring not found');
    return at < 0 ? -1 : from + textLength(within.slice(0, at));
  };

/** Splits at most `limit` times (-1: no limit), from either end. */
function split(text: string, separator: string | null, limit: number, fromEnd: boolean): string[] {
  if (separator === '') throw new TemplateFault('empty separator');
  if (separator === null) {
    const trimmed = strip(text, fromEnd ? 'rstrip' : 'lstrip', null);
    if (limit < 0)
      return strip(trimmed, 'strip', null)
        .split(spaces)
        .filter((piece) => piece !== '');
    const pieces: string[] = [];
    let rest = trimmed;
    while (rest !== '' && pieces.length < limit) {
      const found = fromEnd ? null : spaces.exec(rest);
      if (fromEnd) {
        let at = rest.length;
        while (at > 0 && !space.test(rest.charAt(at - 1))) at--;
        if (at === 0) break;
        pieces.push(rest.slice(at));
        rest = strip(rest.slice(0, at), 'rstrip', null);
      } else {
        if (!found) break;
        pieces.push(rest.slice(0, found.index));
        rest = rest.slice(found.index + found[0].length);
      }
    }
    if (rest !== '') {
      pieces.push(fromEnd && strip(rest, 'lstrip', null) === '' ? '' : rest);
    }
    return fromEnd ? pieces.reverse() : pieces;
  }
  const all = text.split(separator);
  if (limit < 0 || all.length <= limit + 1) return all;
  return fromEnd
    ? [all.slice(0, all.length - limit).join(separator), ...all.slice(all.length - limit)]
    : [...all.slice(0, limit), all.slice(limit).join(separator)];
}

const splitter =
  (name: string, fromEnd: boolean): Method =>
  (state, text, args, keywords) => {
    const [separator, limit] = inOrder(name, args, keywords, ['sep', 'maxsplit']);
    state.spendItems(text.length);
    return split(
      text,
      separator === undefined || separator === null ? null : textArgument(name, separator),
      place(limit) ?? -1,
      fromEnd,
    );
  };

const partition =
  (name: string, isLast: boolean): Method =>
  (_, text, [piece]) => {
    const separator = textArgument(name, piece);
    if (separator === '') throw new TemplateFault('empty separator');
    const at = isLast ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (at < 0) return Tuple.holding(isLast ? ['', '', text] : [text, '', '']);
    return Tuple.holding([text.slice(0, at), separator, text.slice(at + separator.length)]);
  };

const pad =
  (name: string, spread: (missing: number, size: number) => [number, number]): Method =>
  (state, text, args) => {
    const [size, fill] = inOrder(name, args, null, ['width', 'fillchar']);
    const length = place(size) ?? 0;
    const missing = length - textLength(text);
    if (missing <= 0) return text;
    state.spend(length);
    const [before, after] = spread(missing, length);
    const unit = fill === undefined ? ' ' : textArgument(name, fill);
    if (textLength(unit) !== 1) throw new TemplateFault(`${name}: one character is needed to fill with`);
    return unit.repeat(before) + text + unit.repeat(after);
  };

/** Every character is of a kind, and there is one. */
const all =
  (pattern: RegExp): Method =>
  (_, text) =>
    pattern.test(text);

/** `str.title`: the first letter after anything that is no letter. */
export const titleCase = (text: string): string =>
  text.replace(
    /(\p{L})([\p{L}\p{M}]*)/gu,
    (_, first: string, rest: string) => first.toUpperCase() + rest.toLowerCase(),
  );

/** `str.capitalize`. */
export function capitalize(text: string): string {
  const first = String.fromCodePoint(...(text === '' ? [] : [text.codePointAt(0) ?? 0]));
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

const isCased = (text: string): boolean => /\p{Lu}|\p{Ll}|\p{Lt}/u.test(text);

/** `str.replace`, with a limit on the length of what it makes. */
export function replaceText(state: RenderState, text: string, from: string, to: string, count: number): string {
  if (count === 0 || (from !== '' && !text.includes(from))) return text;
  const pieces = from === '' ? ['', ...Array.from(text), ''] : text.split(from);
  const limit = count < 0 ? pieces.length : count;
  state.spend(text.length + to.length * Math.min(limit, pieces.length));
  if (limit >= pieces.length) return pieces.join(to);
  return (
    pieces.slice(0, limit + 1).join(to) +
    pieces
      .slice(limit + 1)
      .map((piece) => from + piece)
      .join('')
  );
}

const methods: Readonly<Record<string, Method>> = {
  upper: (_, text) => text.toUpperCase(),
  lower: (_, text) => text.toLowerCase(),
  casefold: (_, text) => text.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ'),
  capitalize: (_, text) => capitalize(text),
  title: (_, text) => titleCase(text),
  swapcase: (_, text) =>
    Array.from(text, (unit) => (unit === unit.toUpperCase() ? unit.toLowerCase() : unit.toUpperCase())).join(''),
  strip: stripper('strip'),
  lstrip: stripper('lstrip'),
  rstrip: stripper('rstrip'),
  startswith: affix('startswith', (text, piece) => text.startsWith(piece)),
  endswith: affix('endswith', (text, piece) => text.endsWith(piece)),
  removeprefix: (_, text, [piece]) =>
    text.startsWith(textArgument('removeprefix', piece)) ? text.slice(String(piece).length) : text,
  removesuffix: (_, text, [piece]) =>
    piece !== '' && text.endsWith(textArgument('removesuffix', piece)) ? text.slice(0, -String(piece).length) : text,
  replace: (state, text, args, keywords) => {
    const [from, to, count] = inOrder('replace', args, keywords, ['old', 'new', 'count']);
    return replaceText(state, text, textArgument('replace', from), textArgument('replace', to), place(count) ?? -1);
  },
  split: splitter('split', false),
  rsplit: splitter('rsplit', true),
  splitlines: (state, text, args, keywords) => {
    const [keep] = inOrder('splitlines', args, keywords, ['keepends']);
    state.spendItems(text.length);
    const lines = text.split(afterLineEnd);
    if (lines.at(-1) === '') lines.pop();
    return keep === true ? lines : lines.map((line) => line.replace(lineEnd, ''));
  },
  partition: partition('partition', false),
  rpartition: partition('rpartition', true),
  join: (state, text, [list]) => joinTexts(state, text, list),
  find: find('find', false, false),
  rfind: find('rfind', true, false),
  index: find('index', false, true),
  rindex: find('rindex', true, true),
  count: (state, text, args) => {
    const [piece, start, stop] = inOrder('count', args, null, ['sub', 'start', 'end']);
    const within = part(state, text, start, stop);
    return piece === '' ? textLength(within) + 1 : within.split(textArgument('count', piece)).length - 1;
  },
  center: pad('center', (missing, size) => {
    const before = Math.floor(missing / 2) + (missing & size & 1);
    return [before, missing - before];
  }),
  ljust: pad('ljust', (missing) => [0, missing]),
  rjust: pad('rjust', (missing) => [missing, 0]),
  zfill: (state, text, [size]) => {
    const missing = (place(size) ?? 0) - textLength(text);
    if (missing <= 0) return text;
    state.spend(text.length + missing);
    const sign = /^[+-]/.exec(text)?.[0] ?? '';
    return sign + '0'.repeat(missing) + text.slice(sign.length);
  },
  expandtabs: (state, text, args, keywords) => {
    const [size] = inOrder('expandtabs', args, keywords, ['tabsize']);
    const tab = place(size) ?? 8;
    state.spend(text.length + text.split('\t').length * Math.max(tab, 0));
    let column = 0;
    return Array.from(text, (unit) => {
      if (unit === '\t') {
        const gap = tab > 0 ? tab - (column % tab) : 0;
        column += gap;
        return ' '.repeat(gap);
      }
      column = unit === '\n' || unit === '\r' ? 0 : column + 1;
      return unit;
    }).join('');
  },
  isdigit: all(/^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+$/u),
  isdecimal: all(/^\p{Nd}+$/u),
  isnumeric: all(/^\p{N}+$/u),
  isalpha: all(/^\p{L}+$/u),
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isspace: (_, text) => text !== '' && strip(text, 'strip', null) === '',
  isascii: (_, text) => !/[\x80-\uffff]/.test(text),
  islower: (_, text) => isCased(text) && !/[\p{Lu}\p{Lt}]/u.test(text),
  isupper: (_, text) => isCased(text) && !/[\p{Ll}\p{Lt}]/u.test(text),
  istitle: (_, text) => isCased(text) && titleCase(text) === text,
  isidentifier: all(/^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u),
  format: (state, text, args, keywords) => formatBraces(state, text, args, keywords),
};

/** Those that take no arguments. */
const bare: ReadonlySet<string> = new Set(
  'upper lower casefold capitalize title swapcase isdigit isdecimal isnumeric isalpha isalnum isspace isascii islower isupper istitle isidentifier'.split(
    ' ',
  ),
);

export const stringMethods: Readonly<Record<string, Method>> = Object.fromEntries(
  Object.entries(methods).map(([name, method]): [string, Method] => [
    name,
    bare.has(name)
      ? (state, text, args, keywords) => {
          inOrder(name, args, keywords, []);
          return method(state, text, args, keywords);
        }
      : method,
  ]),
);

/** `separator.join(list)`: texts only. */
function joinTexts(state: RenderState, separator: string, list: Value): string {
  const items = itemsOf(list);
  let units = Math.max(0, items.length - 1) * separator.length;
  items.forEach((_, index) => {
    const item = lift(items, index);
    if (typeof item !== 'string')
      throw new TemplateFault(`sequence item ${index}: expected str instance, ${typeName(item)} found`);
    units += item.length;
  });
  state.spend(units);
  return items.join(separator);
}

/** Character of a text by place, from the end for a negative one; null when there is none. */
export function charAt(text: string, at: number): string | null {
  if (isBasic(text)) return text.at(at) ?? null;
  return Array.from(text).at(at) ?? null;
}
