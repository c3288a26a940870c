/** Python's ways with white space and floats, where JavaScript has others. */

/** What `str.isspace` accepts beyond ASCII: unlike JavaScript's \s with U+0085 (and U+001C–U+001F), without U+FEFF. */
const otherSpace = /[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const isSpace = (unit: number): boolean =>
  unit < 0x80
    ? unit === 0x20 || (unit >= 9 && unit <= 13) || (unit >= 0x1c && unit <= 0x1f)
    : otherSpace.test(String.fromCharCode(unit));

/** `str.strip`, `str.lstrip`, `str.rstrip`. @param chars the characters to take away; white space when null. */
export function strip(text: string, side: 'strip' | 'lstrip' | 'rstrip', chars: string | null): string {
  if (chars !== null && /[\ud800-\udfff]/.test(chars)) return stripCodePoints(text, side, new Set(chars));
  const goes =
    chars === null ? (at: number) => isSpace(text.charCodeAt(at)) : (at: number) => chars.includes(text.charAt(at));
  let start = 0;
  let end = text.length;
  if (side !== 'rstrip') while (start < end && goes(start)) start++;
  if (side !== 'lstrip') while (end > start && goes(end - 1)) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function stripCodePoints(text: string, side: 'strip' | 'lstrip' | 'rstrip', chars: ReadonlySet<string>): string {
  const units = Array.from(text);
  let start = 0;
  let end = units.length;
  if (side !== 'rstrip') while (start < end && chars.has(units[start] ?? '')) start++;
  if (side !== 'lstrip') while (end > start && chars.has(units[end - 1] ?? '')) end--;
  return units.slice(start, end).join('');
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
