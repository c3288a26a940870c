/**
 * SentencePiece-style BPE: each character is a symbol. One that the vocabulary lacks becomes its UTF-8 bytes, written
 * `<0x0A>`, where the model falls back to bytes; else the unknown token (adjacent ones as one where they fuse).
 */
import type { WriteSymbols } from './bytePairs';
import { forEachByte } from './byteSymbols';
import { codeAt } from './charClasses';

export interface CharModel {
  byte_fallback: boolean;
  fuse_unk: boolean;
  unk_token: string | null;
}

/** How a byte is spelled in a vocabulary with byte fallback. */
export const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;

/** Without an unknown token a character outside of the vocabulary gives no token, as in the tokenizers library. */
export function charSymbols(vocab: ReadonlyMap<string, number>, model: CharModel): WriteSymbols {
  const idOfByte = Int32Array.from({ length: 256 }, (_, byte) => vocab.get(byteToken(byte)) ?? -1);
  const unknown = model.unk_token === null ? -1 : (vocab.get(model.unk_token) ?? -1);
  // Lone surrogates stand for U+FFFD. -2 is "not asked yet", -1 "not in the vocabulary".
  const idOfUnit = new Int32Array(0x10000).fill(-2);
  const idOfCode = (code: number): number => {
    const known = code < 0x10000 ? (idOfUnit[code] ?? -2) : -2;
    if (known !== -2) return known;
    const isHalf = code >= 0xd800 && code <= 0xdfff;
    const id = vocab.get(isHalf ? '\ufffd' : String.fromCodePoint(code)) ?? -1;
    if (code < 0x10000) idOfUnit[code] = id;
    return id;
  };
  const hasBytes = (code: number): boolean => {
    let all = true;
    forEachByte(code, (byte) => (all &&= (idOfByte[byte] ?? -1) >= 0));
    return all;
  };
  return (units, from, to, symbols) => {
    let unknownEnd = -1;
    for (let at = from; at < to;) {
      const code = codeAt(units, at, to);
      const start = at - from;
      const end = start + (code > 0xffff ? 2 : 1);
      const id = idOfCode(code);
      if (id >= 0) symbols.push(id, start, end);
      else if (model.byte_fallback && hasBytes(code)) {
        forEachByte(code, (byte) => symbols.push(idOfByte[byte] ?? 0, start, end));
      } else if (unknown >= 0) {
        if (model.fuse_unk && unknownEnd === start) symbols.ends[symbols.count - 1] = end;
        else symbols.push(unknown, start, end);
        unknownEnd = end;
      }
      at = from + end;
    }
  };
}

/**
 * Whether no token holds a space mark after another character. Then no merge crosses such a place, and a text without
 * pre-tokenizer can be cut there: the pieces have the same tokens as the whole, and can be cached.
 */
export function canCutAtMarks(tokens: Iterable<string>, vocab: ReadonlyMap<string, number>): boolean {
  if (!vocab.has(spaceMark)) return false;
  for (const token of tokens) if (/[^\u2581]\u2581/.test(token)) return false;
  return true;
}

/** U+2581, what SentencePiece writes for a space. */
export const spaceMark = '\u2581';
const spaceMarkUnit = 0x2581;

/** End of the piece at `at`: before the next space mark that follows another character. */
export function markEnd(units: Uint16Array, at: number, to: number): number {
  let end = at + 1;
  while (end < to && (units[end] !== spaceMarkUnit || units[end - 1] === spaceMarkUnit)) end++;
  return end;
}
