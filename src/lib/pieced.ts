/** Bytes that are made piece by piece, so that something larger than the memory can be written down. */
export interface PiecedBytes {
  readonly sizeBytes: number;
  /** All bytes in order, made anew each time. A piece stays as it is. */
  pieces: () => AsyncIterable<Uint8Array>;
}

/** An array as {@link PiecedBytes}. */
export const pieced = (bytes: Uint8Array): PiecedBytes => ({
  sizeBytes: bytes.length,
  // eslint-disable-next-line @typescript-eslint/require-await -- an iterable of one
  async *pieces() {
    yield bytes;
  },
});

/** All of it in one array. */
export async function inOneArray({ sizeBytes, pieces }: PiecedBytes): Promise<Uint8Array> {
  const all = new Uint8Array(sizeBytes);
  let at = 0;
  for await (const piece of pieces()) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
