/**
 * The word patterns of GPT-2, and of Llama 3 and Qwen, written out by hand: the same pieces as their regular
 * expressions (tested on random text of all planes), several times faster.
 */
import { classLetter, classNumber, classOf, classOther, classSpace, codeAt } from './charClasses';

/** Where the piece that starts at `at` ends, in `at` < end ≤ `to`. `to` counts as the end of the text. */
export type Scanner = (units: Uint16Array, at: number, to: number) => number;

const lineFeed = 10;
const carriageReturn = 13;
const blank = 32;
const apostrophe = 39;
const isNewline = (code: number): boolean => code === lineFeed || code === carriageReturn;
const widthOf = (code: number): number => (code > 0xffff ? 2 : 1);

/** End of a run of one class that starts at `at`. */
function runEnd(units: Uint16Array, at: number, to: number, wanted: number): number {
  let end = at;
  while (end < to) {
    const code = codeAt(units, end, to);
    if (classOf(code) !== wanted) return end;
    end += widthOf(code);
  }
  return end;
}

/** Length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d` at an apostrophe, 0 for none; `caseBit` 0x20 ignores ASCII case. */
function contraction(units: Uint16Array, at: number, to: number, caseBit: number): number {
  if (at + 1 >= to) return 0;
  const first = (units[at + 1] ?? 0) | caseBit;
  if (first === 0x73 || first === 0x74 || first === 0x6d || first === 0x64) return 2;
  if (at + 2 >= to) return 0;
  const second = (units[at + 2] ?? 0) | caseBit;
  if (second === 0x65 && (first === 0x72 || first === 0x76)) return 3;
  return first === 0x6c && second === 0x6c ? 3 : 0;
}

/** `\s+(?!\S)|\s+`: all of a run of white space at the end of the text, else all but its last character. */
function spaceEnd(at: number, end: number, to: number): number {
  return end === to || end === at + 1 ? end : end - 1;
}

/** GPT-2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`. */
export const scanGpt2: Scanner = (units, at, to) => {
  const code = codeAt(units, at, to);
  if (code === apostrophe) {
    const length = contraction(units, at, to, 0);
    if (length > 0) return at + length;
  }
  const kind = classOf(code);
  if (kind !== classSpace) return runEnd(units, at + widthOf(code), to, kind);
  if (code === blank && at + 1 < to) {
    const next = classOf(codeAt(units, at + 1, to));
    if (next !== classSpace) return runEnd(units, at + 1, to, next);
  }
  return spaceEnd(at, runEnd(units, at + 1, to, classSpace), to);
};

/**
 * Llama 3 and Qwen: `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,D}| ?[^\s\p{L}\p{N}]+[\r\n]*|
 * \s*[\r\n]+|\s+(?!\S)|\s+`, where D is the number of digits that stay together (3 and 1).
 */
export const scanModern =
  (digits: number): Scanner =>
  (units, at, to) => {
    const code = codeAt(units, at, to);
    const kind = classOf(code);
    if (kind === classLetter) return runEnd(units, at + widthOf(code), to, classLetter);
    if (kind === classNumber) return digitsEnd(units, at, to, digits);
    if (code === apostrophe) {
      const length = contraction(units, at, to, 0x20);
      if (length > 0) return at + length;
    }
    const after = at + widthOf(code);
    if (after < to && !isNewline(code)) {
      const next = classOf(codeAt(units, after, to));
      if (next === classLetter) return runEnd(units, after, to, classLetter);
      if (next === classOther && code === blank) return newlinesEnd(units, runEnd(units, after, to, classOther), to);
    }
    if (kind === classOther) return newlinesEnd(units, runEnd(units, after, to, classOther), to);
    const end = runEnd(units, after, to, classSpace);
    for (let last = end; last > at; last--) if (isNewline(units[last - 1] ?? 0)) return last;
    return spaceEnd(at, end, to);
  };

function digitsEnd(units: Uint16Array, at: number, to: number, most: number): number {
  let end = at;
  for (let count = 0; count < most && end < to; count++) {
    const code = codeAt(units, end, to);
    if (classOf(code) !== classNumber) break;
    end += widthOf(code);
  }
  return end;
}

function newlinesEnd(units: Uint16Array, at: number, to: number): number {
  let end = at;
  while (end < to && isNewline(units[end] ?? 0)) end++;
  return end;
}

/** `\p{N}` one by one, or in runs; what stands between is one piece. */
export const scanDigits =
  (individually: boolean): Scanner =>
  (units, at, to) => {
    const first = codeAt(units, at, to);
    let end = at + widthOf(first);
    const inNumber = classOf(first) === classNumber;
    if (inNumber && individually) return end;
    while (end < to) {
      const code = codeAt(units, end, to);
      if ((classOf(code) === classNumber) !== inNumber) return end;
      end += widthOf(code);
    }
    return end;
  };

const modern = (digits: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

/** The scanner of a tokenizer.json regular expression, where there is one. */
export const scannerOf = (regex: string): Scanner | undefined => known.get(regex);
const known = new Map<string, Scanner>([
  [modern(''), scanModern(1)],
  [modern('{1,2}'), scanModern(2)],
  [modern('{1,3}'), scanModern(3)],
  ["'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", scanGpt2],
]);
