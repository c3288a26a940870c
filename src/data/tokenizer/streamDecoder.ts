/** Turns ids into text one at a time. A code point whose bytes are spread over tokens comes out with its last byte. */
export class StreamDecoder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(private readonly bytesOf: (id: number) => Uint8Array<ArrayBuffer>) {}

  /** The text that this token completes; '' while a code point is still open. */
  push(id: number): string {
    return this.#decoder.decode(this.bytesOf(id), { stream: true });
  }

  /** What was held back: U+FFFD for a code point that never completed, else ''. Ready for a new text afterwards. */
  end(): string {
    return this.#decoder.decode();
  }
}
