/** Unicode normalization that remembers where each unit came from. */
import type { AlignedText } from './alignedText';

type NormalForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

// A base character with what can compose onto it: combining marks, and the vowels and finals of Hangul.
const cluster = /[^\p{M}\u1160-\u11ff]?[\p{M}\u1160-\u11ff]*/gsu;

/**
 * Normalizes a text. Each unit of the result stands for the whole cluster (base and marks) that it came from, so that a
 * composed "é" covers both "e" and the accent in the source. The Python tokenizers library stops at the base character
 * and leaves the accent uncovered; ids and starts are the same.
 */
export function normalize(source: AlignedText, form: NormalForm): AlignedText {
  const { text } = source;
  if (isPlain(source, form === 'NFC' ? 0x300 : 0x80)) return source;
  const whole = text.normalize(form);
  if (whole === text) return source;
  const from = new Int32Array(whole.length);
  const to = new Int32Array(whole.length);
  let written = 0;
  for (const match of text.matchAll(cluster)) {
    const found = match[0];
    const piece = found.normalize(form);
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
