/**
 * A JSON scanner for what `JSON.parse` does not tell: where a text goes wrong, in the same words in every browser, and
 * which keys stand twice in one object. Iterative, so that deep nesting cannot overflow the stack.
 */
interface JsonFault {
  /** UTF-16 index of the first character that can't be right. */
  index: number;
  /** What is wrong, for a person. */
  what: string;
}

interface JsonScan {
  fault: JsonFault | null;
  /** Keys that occur twice in one object, at most ten. */
  duplicateKeys: string[];
}

type Expected = 'value' | 'value or ]' | 'key or }' | 'key' | 'colon' | ', or end' | 'end';

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[\p{L}\p{N}_$]+/uy;
const space = /[ \t\r\n]*/y;
const maxDuplicates = 10;

/** Scans one JSON text. */
export function scanJson(text: string): JsonScan {
  const duplicateKeys: string[] = [];
  /** One entry per open container: the keys of an object, or null for an array. */
  const open: (Set<string> | null)[] = [];
  let at = 0;
  let expected: Expected = 'value';
  const result = (index: number, what: string): JsonScan => ({ fault: { index, what }, duplicateKeys });
  const afterValue = (): Expected => (open.length > 0 ? ', or end' : 'end');

  for (;;) {
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
    const char = text.charAt(at);
    if (char === '') return expected === 'end' ? { fault: null, duplicateKeys } : result(at, endWords(expected, open));
    switch (expected) {
      case 'end':
        return result(at, `${shown(text, at)} after the end of the value`);
      case 'colon':
        if (char !== ':') return result(at, `":" expected after a key, got ${shown(text, at)}`);
        at++;
        expected = 'value';
        continue;
      case ', or end': {
        const keys = open.at(-1);
        if (char === ',') {
          at++;
          expected = keys ? 'key' : 'value';
        } else if (char === (keys ? '}' : ']')) {
          at++;
          open.pop();
          expected = afterValue();
        } else return result(at, `"," or "${keys ? '}' : ']'}" expected, got ${shown(text, at)}`);
        continue;
      }
      case 'key or }':
      case 'key': {
        if (char === '}' && expected === 'key or }') {
          at++;
          open.pop();
          expected = afterValue();
          continue;
        }
        if (char !== '"') {
          return result(
            at,
            char === '}' ? 'a "," before "}"' : `a key in double quotes expected, got ${shown(text, at)}`,
          );
        }
        const end = endOfString(text, at);
        if (typeof end !== 'number') return result(end.index, end.what);
        const key = text.slice(at + 1, end - 1);
        const keys = open.at(-1);
        if (keys?.has(key) && duplicateKeys.length < maxDuplicates) duplicateKeys.push(key);
        keys?.add(key);
        at = end;
        expected = 'colon';
        continue;
      }
      case 'value or ]':
        if (char === ']') {
          at++;
          open.pop();
          expected = afterValue();
          continue;
        }
    }
    // A value.
    if (char === '{') {
      open.push(new Set());
      at++;
      expected = 'key or }';
    } else if (char === '[') {
      open.push(null);
      at++;
      expected = 'value or ]';
    } else if (char === '"') {
      const end = endOfString(text, at);
      if (typeof end !== 'number') return result(end.index, end.what);
      at = end;
      expected = afterValue();
    } else {
      const end = endOfPlain(text, at);
      if (end < 0) return result(at, plainWords(text, at));
      at = end;
      expected = afterValue();
    }
  }
}

/** One past the closing quote of the string that begins at `at`. */
function endOfString(text: string, at: number): number | JsonFault {
  for (let index = at + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) return index + 1;
    if (code < 0x20) {
      const name = code === 0x0a ? 'a line break' : code === 0x09 ? 'a tab' : 'a control character';
      return {
        index,
        what: `${name} inside a string; write it as ${code === 0x0a ? '\\n' : code === 0x09 ? '\\t' : '\\u00XX'}`,
      };
    }
    if (code === 0x5c) {
      const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
      escape.lastIndex = index;
      if (!escape.test(text))
        return { index, what: `the escape ${text.slice(index, index + 2)} is none of JSON's; double the backslash` };
      index = escape.lastIndex - 1;
    }
  }
  return { index: text.length, what: `the string that begins at column ${at + 1} is not closed` };
}

function endOfPlain(text: string, at: number): number {
  for (const literal of ['true', 'false', 'null']) {
    if (text.startsWith(literal, at) && !/[\w$]/.test(text.charAt(at + literal.length))) return at + literal.length;
  }
  number.lastIndex = at;
  return number.test(text) && !/[\w.$]/.test(text.charAt(number.lastIndex)) ? number.lastIndex : -1;
}

function plainWords(text: string, at: number): string {
  const got = shown(text, at);
  if (text.charAt(at) === "'") return "a single quote; JSON's strings stand in double quotes";
  if (/^(True|False|None|NaN|Infinity|undefined)$/.test(got))
    return `${got} is no JSON value; write true, false or null`;
  if (/^[\]},]/.test(text.charAt(at))) return `a value expected, got ${got}; is a comma too many?`;
  return `a value expected, got ${got}`;
}

function shown(text: string, at: number): string {
  word.lastIndex = at;
  const found = word.exec(text)?.[0].slice(0, 20);
  return found ?? JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 32));
}

const endWords = (expected: Expected, open: (Set<string> | null)[]): string =>
  open.length === 0 && expected === 'value'
    ? 'nothing there'
    : `the text ends too early: ${open.length} ${open.length === 1 ? 'bracket is' : 'brackets are'} still open`;
