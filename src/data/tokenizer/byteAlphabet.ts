/**
 * GPT-2's byte alphabet: byte-level tokenizers write each byte of UTF-8 as one printable character. Printable Latin-1
 * bytes stand for themselves; the other 68 become U+0100 … U+0143 in order (openai/gpt-2, `bytes_to_unicode`).
 */
const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

/** Character code of each byte; 256 entries. */
export const charOfByte = new Uint16Array(256);
/** Byte of each character code below 0x144, or -1. */
const byteOfChar = new Int16Array(0x144).fill(-1);

let next = 0x100;
for (let byte = 0; byte < 256; byte++) {
  const char = isPrintable(byte) ? byte : next++;
  charOfByte[byte] = char;
  byteOfChar[char] = byte;
}

/** The bytes of a token written in the byte alphabet, or null where it holds a character outside of it. */
export function bytesOfToken(token: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(token.length);
  for (let index = 0; index < token.length; index++) {
    const byte = byteOfChar[token.charCodeAt(index)] ?? -1;
    if (byte < 0) return null;
    bytes[index] = byte;
  }
  return bytes;
}
