/** Unicode normalization that remembers where each unit came from. */
export type NormalForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** UTF-16 start and end in the source of each UTF-16 unit of the normalized text. */
interface Alignment {
  starts: Int32Array;
  ends: Int32Array;
}

interface Normalized {
  text: string;
  /** Null when the text did not change: offsets are the same in both. */
  alignment: Alignment | null;
}

// A base character with what can compose onto it: combining marks, and the vowels and finals of Hangul.
const cluster = /[^\p{M}\u1160-\u11ff]?[\p{M}\u1160-\u11ff]*/gsu;

/**
 * Normalizes a text. Each unit of the result is aligned with the whole cluster (base and marks) that it came from, so
 * that a composed "é" covers both "e" and the accent in the source. The Python tokenizers library stops at the base
 * character and leaves the accent uncovered; ids and starts are the same.
 */
export function normalize(text: string, form: NormalForm | null): Normalized {
  if (form === null) return { text, alignment: null };
  const whole = text.normalize(form);
  if (whole === text) return { text, alignment: null };
  const starts = new Int32Array(whole.length);
  const ends = new Int32Array(whole.length);
  let written = 0;
  for (const match of text.matchAll(cluster)) {
    const source = match[0];
    const piece = source.normalize(form);
    // Between marks that did not change the units still map one to one.
    const same = piece === source;
    for (let unit = 0; unit < piece.length; unit++) {
      starts[written] = match.index + (same ? unit : 0);
      ends[written] = match.index + (same ? unit + 1 : source.length);
      written++;
    }
  }
  if (written === whole.length) return { text: whole, alignment: { starts, ends } };
  // Clusters that interact (never seen): every unit stands for the whole text rather than for a wrong place.
  return { text: whole, alignment: { starts: starts.fill(0), ends: ends.fill(text.length) } };
}
