/**
 * Jinja's tokens, each with its offset in the source. The rules are those of Jinja 3.1 with `trim_blocks` and
 * `lstrip_blocks` (https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control), as transformers sets them:
 * the newline after a block tag or comment goes away, and so does the white space before one on its own line.
 */
import { invalid } from './place';

export type TokenType =
  'text' | 'print' | 'endprint' | 'block' | 'endblock' | 'name' | 'integer' | 'float' | 'string' | 'operator' | 'end';

export interface Token {
  type: TokenType;
  /** The text of names and operators, the meaning of strings, the digits of numbers, `{{`, `%}`, … of tags. */
  value: string;
  at: number;
}

const tagOpen = /\{\{|\{%|\{#/g;
const rawOpen = /\{%([-+]?)\s*raw\s*(-%\}\s*|\+%\}|%\}\n?)/y;
const rawClose = /\{%([-+]?)\s*endraw\s*(-%\}\s*|\+%\}|%\}\n?)/g;
const commentClose = /-#\}\s*|\+#\}|#\}\n?/g;
const printClose = /-\}\}\s*|\}\}/y;
const blockClose = /-%\}\s*|\+%\}|%\}\n?/y;
const space = /\s+/y;
const float = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/y;
const integer = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y;
const name = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const string = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y;
const operator = /\*\*|\/\/|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y;
const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** One kind of newline and none at the very end, as Jinja reads a template. */
export function normalizedSource(source: string): string {
  const unified = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source;
  return unified.endsWith('\n') ? unified.slice(0, -1) : unified;
}

/** The tokens of a normalized source. Throws `template/invalid` with the place. */
export function lex(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let lineStarts = true;

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0] ?? null;
  };
  const text = (from: number, to: number): void => {
    if (to > from) tokens.push({ type: 'text', value: source.slice(from, to), at: from });
  };
  /** End of the text before a tag: `-` takes all white space, else that of the tag's own line goes. */
  const trimmedEnd = (from: number, to: number, sign: string, isPrint: boolean): number => {
    if (sign === '-') {
      let end = to;
      while (end > from && /\s/.test(source.charAt(end - 1))) end--;
      return end;
    }
    if (sign === '+' || isPrint || to === from) return to;
    const own = source.slice(from, to);
    const newline = own.lastIndexOf('\n');
    if (newline < 0 && !lineStarts) return to;
    const start = from + newline + 1;
    return /^\s*$/.test(source.slice(start, to)) ? start : to;
  };
  const expression = (isPrint: boolean, openAt: number): void => {
    const brackets: string[] = [];
    for (;;) {
      const gap = match(space);
      if (gap !== null) at += gap.length;
      if (at >= source.length) throw invalid(source, openAt, `a ${isPrint ? '{{' : '{%'} tag is never closed`);
      if (brackets.length === 0) {
        const close = match(isPrint ? printClose : blockClose);
        if (close !== null) {
          tokens.push({ type: isPrint ? 'endprint' : 'endblock', value: close.trim(), at });
          at += close.length;
          return;
        }
      }
      const start = at;
      let found = match(float);
      if (found !== null && source.charAt(start - 1) !== '.') {
        tokens.push({ type: 'float', value: found.replaceAll('_', ''), at });
      } else if ((found = match(integer)) !== null) {
        tokens.push({ type: 'integer', value: found.replaceAll('_', ''), at });
      } else if ((found = match(name)) !== null) {
        tokens.push({ type: 'name', value: found, at });
      } else if ((found = match(string)) !== null) {
        tokens.push({ type: 'string', value: unescape(found.slice(1, -1)), at });
      } else if ((found = match(operator)) !== null) {
        const closer = closers[found];
        if (closer !== undefined) brackets.push(closer);
        else if (found === ')' || found === ']' || found === '}') {
          const expected = brackets.pop();
          if (expected !== found) {
            throw invalid(
              source,
              at,
              expected === undefined ? `"${found}" closes nothing` : `expected "${expected}", got "${found}"`,
            );
          }
        }
        tokens.push({ type: 'operator', value: found, at });
      } else {
        const unit = String.fromCodePoint(source.codePointAt(at) ?? 0);
        throw invalid(
          source,
          at,
          unit === '"' || unit === "'"
            ? 'a text in quotes is never closed'
            : `unexpected character ${JSON.stringify(unit)}`,
        );
      }
      at += found?.length ?? 1;
    }
  };

  while (at < source.length) {
    tagOpen.lastIndex = at;
    const open = tagOpen.exec(source);
    if (!open) {
      text(at, source.length);
      break;
    }
    const from = at;
    at = open.index;
    const raw = match(rawOpen);
    const isPrint = open[0] === '{{';
    const sign = /[-+]/.exec(source.charAt(open.index + 2))?.[0] ?? '';
    // `{{+` is a plus sign, not white space control.
    text(from, trimmedEnd(from, open.index, isPrint && sign === '+' ? '' : sign, isPrint));
    if (open[0] === '{#') {
      commentClose.lastIndex = at + 2;
      const close = commentClose.exec(source);
      if (!close) throw invalid(source, at, 'a comment is never closed with #}');
      at = close.index + close[0].length;
    } else if (raw !== null) {
      const start = at + raw.length;
      rawClose.lastIndex = start;
      const close = rawClose.exec(source);
      if (!close) throw invalid(source, at, 'a raw block is never closed with {% endraw %}');
      lineStarts = raw.endsWith('\n');
      text(start, trimmedEnd(start, close.index, close[1] ?? '', false));
      at = close.index + close[0].length;
    } else {
      tokens.push({ type: isPrint ? 'print' : 'block', value: open[0], at });
      at += 2 + (sign === '-' || (sign === '+' && !isPrint) ? 1 : 0);
      expression(isPrint, open.index);
    }
    lineStarts = source.charAt(at - 1) === '\n';
  }
  tokens.push({ type: 'end', value: '', at: source.length });
  return tokens;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/** Python's escapes in a string literal; an unknown one stays as it is. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3}|[\s\S])/g,
    (whole, escape: string) => {
      const first = escape.charAt(0);
      if (escape.length > 1 && /[xuU]/.test(first)) {
        const code = parseInt(escape.slice(1), 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      }
      if (/[0-7]/.test(first)) return String.fromCharCode(parseInt(escape, 8));
      return escapes[first] ?? whole;
    },
  );
}
