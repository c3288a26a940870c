/** How a file's text is encoded, by its first bytes. */

export type TextEncodingName = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Length in bytes of a byte order mark, and the encoding: UTF-16 also without a mark, by its zero bytes. */
export function sniffEncoding(head: Uint8Array): { encoding: TextEncodingName; markBytes: number } {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', markBytes: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', markBytes: 2 };
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', markBytes: 3 };
  // Two ASCII characters, the first of them printable: `{"` as Windows tools write it.
  if (head.length >= 4 && isPrintable(a) && b === 0 && isAscii(c) && d === 0)
    return { encoding: 'utf-16le', markBytes: 0 };
  if (head.length >= 4 && a === 0 && isPrintable(b) && c === 0 && isAscii(d))
    return { encoding: 'utf-16be', markBytes: 0 };
  return { encoding: 'utf-8', markBytes: 0 };
}

const isPrintable = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x20 && byte < 0x7f;
const isAscii = (byte: number | undefined): boolean => byte !== undefined && byte > 0 && byte < 0x7f;

/** Turns a stream of UTF-16 into UTF-8. A lone surrogate becomes U+FFFD, as the platform's decoder has it. */
export class Utf16Transcoder {
  readonly #decoder: TextDecoder;
  readonly #encoder = new TextEncoder();

  constructor(encoding: 'utf-16le' | 'utf-16be') {
    this.#decoder = new TextDecoder(encoding);
  }

  push(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#encoder.encode(this.#decoder.decode(chunk, { stream: true }));
  }

  end(): Uint8Array<ArrayBuffer> {
    return this.#encoder.encode(this.#decoder.decode());
  }
}
