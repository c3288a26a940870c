/** Byte-level BPE: each byte of UTF-8 is a symbol. A lone surrogate is read as U+FFFD, as TextEncoder writes it. */
import { charOfByte } from './byteAlphabet';
import type { WriteSymbols } from './bytePairs';
import { codeAt } from './charClasses';
import { unsupported } from './tokenizerFile';

/** Calls `byte` with each UTF-8 byte of a code point, lone surrogates as U+FFFD. */
export function forEachByte(codePoint: number, byte: (byte: number) => void): void {
  const code = codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint;
  if (code < 0x80) {
    byte(code);
    return;
  }
  if (code < 0x800) byte(0xc0 | (code >> 6));
  else {
    if (code < 0x10000) byte(0xe0 | (code >> 12));
    else {
      byte(0xf0 | (code >> 18));
      byte(0x80 | ((code >> 12) & 63));
    }
    byte(0x80 | ((code >> 6) & 63));
  }
  byte(0x80 | (code & 63));
}

/** Throws `tokenizer/unsupported` where the vocabulary lacks one of the 256 bytes. */
export function byteSymbols(vocab: ReadonlyMap<string, number>): WriteSymbols {
  const idOfByte = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const id = vocab.get(String.fromCharCode(charOfByte[byte] ?? 0));
    if (id === undefined) throw unsupported(`a byte-level vocabulary without the byte ${byte}`);
    idOfByte[byte] = id;
  }
  return (units, from, to, symbols) => {
    for (let at = from; at < to;) {
      const code = codeAt(units, at, to);
      const start = at - from;
      if (code < 0x80) {
        symbols.push(idOfByte[code] as number, start, start + 1);
        at++;
        continue;
      }
      const end = start + (code > 0xffff ? 2 : 1);
      forEachByte(code, (byte) => symbols.push(idOfByte[byte] as number, start, end));
      at = from + end;
    }
  };
}

/** A piece in the byte alphabet, as a byte-level vocabulary spells it. */
export function inByteAlphabet(units: Uint16Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to;) {
    const code = codeAt(units, at, to);
    forEachByte(code, (byte) => (text += String.fromCharCode(charOfByte[byte] ?? 0)));
    at += code > 0xffff ? 2 : 1;
  }
  return text;
}
