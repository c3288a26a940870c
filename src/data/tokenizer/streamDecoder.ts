import type { TokenDecoder } from './decoders';

/**
 * Turns ids into text one at a time. A code point whose bytes are spread over tokens comes out with its last byte; bytes
 * that are no UTF-8 come out as U+FFFD, one for each maximal part of a character (the Python library gives one for each
 * byte of the whole run, also of its good characters).
 */
export class StreamDecoder {
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  #isFirst = true;
  /** How many more characters may be taken off the front. */
  #frontLeft: number;
  /** Characters that are dropped if nothing follows them. */
  #held = '';

  constructor(
    private readonly bytesOf: (id: number, isFirst: boolean) => Uint8Array<ArrayBuffer>,
    private readonly strip: TokenDecoder['strip'],
  ) {
    this.#frontLeft = strip?.start ?? 0;
  }

  /** The text that this token completes; '' while a code point is still open. */
  push(id: number): string {
    const text = this.#utf8.decode(this.bytesOf(id, this.#isFirst), { stream: true });
    this.#isFirst = false;
    return this.strip ? this.#stripped(text, this.strip) : text;
  }

  /** What was held back: U+FFFD for a code point that never completed, else ''. Ready for a new text afterwards. */
  end(): string {
    const rest = this.#utf8.decode();
    const text = this.strip ? this.#stripped(rest, this.strip) : rest;
    this.#isFirst = true;
    this.#frontLeft = this.strip?.start ?? 0;
    this.#held = '';
    return text;
  }

  #stripped(text: string, { content, stop }: NonNullable<TokenDecoder['strip']>): string {
    let rest = text;
    while (this.#frontLeft > 0 && rest !== '') {
      if (!rest.startsWith(content)) this.#frontLeft = 0;
      else {
        rest = rest.slice(content.length);
        this.#frontLeft--;
      }
    }
    if (stop === 0) return rest;
    rest = this.#held + rest;
    let kept = rest.length;
    for (let count = 0; count < stop && rest.slice(0, kept).endsWith(content); count++) kept -= content.length;
    this.#held = rest.slice(kept);
    return rest.slice(0, kept);
  }
}
