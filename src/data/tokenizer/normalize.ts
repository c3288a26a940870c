/** Unicode normalization that remembers where each unit came from. */
import type { AlignedText } from './alignedText';

type NormalForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

// A base character with what can compose onto it: combining marks, and the vowels and finals of Hangul.
const cluster = /[^\p{M}\u1160-\u11ff]?[\p{M}\u1160-\u11ff]*/gsu;

/**
 * Characters that Unicode gave a place in normalization after the version (9) that the Python tokenizers library knows:
 * models saw them as they stand, with nothing reordered or composed across them. Found by comparing the library's NFC
 * and NFD with those of Unicode 17 on every character. Hexadecimal code points and ranges.
 */
const unknownToModels =
  '7fd 897-89f 8ca-8d3 9fe c3c d3b-d3c eba 1715 1abf-1add 1ae0-1aeb 1df6-1dfa a82c 105c9 105d2 105da 105e4 10d24-10d27 ' +
  '10d69-10d6d 10eab-10eac 10efa-10efb 10efd-10eff 10f46-10f50 10f82-10f85 11070 1133b 11383 11385 1138e 11391 113b8 ' +
  '113bb 113c2 113c5 113c7-113c9 113ce-113d0 1145e 11839-1183a 11930 11938 1193d-1193e 11943 119e0 11a34 11a47 11a99 ' +
  '11d42 11d44-11d45 11d97 11f41-11f42 1611e-16129 1612f 16d67-16d6a 16ff0-16ff1 1e08f 1e130-1e136 1e2ae 1e2ec-1e2ef ' +
  '1e4ec-1e4ef 1e5ee-1e5ef 1e6e3 1e6e6 1e6ee-1e6ef 1e6f5';
const inertClass = unknownToModels.replace(/[0-9a-f]+/g, '\\u{$&}').replaceAll(' ', '');
const inert = new RegExp(`([${inertClass}]+)`, 'u');

/** A normal form as models know it; `String.normalize` but for the newest characters. */
export const normalForm = (text: string, form: NormalForm): string =>
  inert.test(text)
    ? text
        .split(inert)
        .map((part, index) => (index % 2 === 0 ? part.normalize(form) : part))
        .join('')
    : text.normalize(form);

/**
 * Normalizes a text. Each unit of the result stands for the whole cluster (base and marks) that it came from, so that a
 * composed "é" covers both "e" and the accent in the source. The Python tokenizers library stops at the base character
 * and leaves the accent uncovered; ids and starts are the same.
 */
export function normalize(source: AlignedText, form: NormalForm): AlignedText {
  const { text } = source;
  if (isPlain(source, form === 'NFC' ? 0x300 : 0x80)) return source;
  const whole = normalForm(text, form);
  if (whole === text) return source;
  const from = new Int32Array(whole.length);
  const to = new Int32Array(whole.length);
  let written = 0;
  for (const match of text.matchAll(cluster)) {
    const found = match[0];
    const piece = normalForm(found, form);
    // Between marks that did not change the units still map one to one.
    const same = piece === found;
    for (let unit = 0; unit < piece.length; unit++) {
      from[written] = match.index + (same ? unit : 0);
      to[written] = match.index + (same ? unit + 1 : found.length);
      written++;
    }
  }
  if (written !== whole.length) {
    // Clusters that interact (never seen): every unit stands for the whole text rather than for a wrong place.
    from.fill(0);
    to.fill(text.length);
  }
  return source.rewritten(whole, from, to);
}

/** Whether every unit lies below the first that the form could change. */
function isPlain({ text, units }: AlignedText, limit: number): boolean {
  for (let at = 0; at < text.length; at++) if ((units[at] as number) >= limit) return false;
  return true;
}
