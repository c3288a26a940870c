/** Classes of code points that pre-tokenizers tell apart, looked up in a table that fills as characters are met. */
export const classOther = 1;
export const classLetter = 2;
export const classNumber = 3;
export const classSpace = 4;

const letter = /\p{L}/u;
const number = /\p{N}/u;
const space = /\p{White_Space}/u;

// One byte per code point, 0 where it was not asked for yet. Untouched pages cost no memory.
const classes = new Uint8Array(0x110000);

/** `classLetter` for \p{L}, `classNumber` for \p{N}, `classSpace` for \p{White_Space}, else `classOther`. */
export function classOf(code: number): number {
  const known = classes[code] ?? 0;
  return known === 0 ? classify(code) : known;
}

function classify(code: number): number {
  const char = String.fromCodePoint(code);
  const found = letter.test(char)
    ? classLetter
    : number.test(char)
      ? classNumber
      : space.test(char)
        ? classSpace
        : classOther;
  classes[code] = found;
  return found;
}

/**
 * The code point at a place of UTF-16 text; a surrogate without its other half before `to` is read as itself, as
 * regular expressions with the `u` flag do.
 */
export function codeAt(units: Uint16Array, at: number, to: number): number {
  const unit = units[at] ?? 0;
  if (unit < 0xd800 || unit > 0xdbff || at + 1 >= to) return unit;
  const low = units[at + 1] ?? 0;
  return low >= 0xdc00 && low <= 0xdfff ? (unit - 0xd800) * 0x400 + low - 0xdc00 + 0x10000 : unit;
}
