import type { PiecedBytes } from '../../lib/pieced';
import { digestBytes, magic, PieceHash, pieceBytes, type CheckpointHeader, type Section } from './document';

/** Numbers at hand as a section. */
export const heldSection = (name: string, values: Float32Array): Section => ({
  name,
  elements: values.length,
  read: (first, count) => Promise.resolve(values.subarray(first, first + count)),
});

/**
 * A checkpoint to be written, of this header and these sections in order. Nothing is read before its pieces are asked for; as
 * long as they are, the sections must not change.
 */
export function checkpointDocument(header: CheckpointHeader, sections: readonly Section[]): PiecedBytes {
  const listed = sections.map(({ name, elements }) => ({ name, elements }));
  const json = new TextEncoder().encode(JSON.stringify({ ...header, sections: listed }));
  const head = new Uint8Array(12 + Math.ceil(json.length / 4) * 4).fill(0x20);
  head.set(new TextEncoder().encode(magic));
  new DataView(head.buffer).setUint32(8, head.length - 12, true);
  head.set(json, 12);
  const bodyBytes = head.length + listed.reduce((sum, { elements }) => sum + 4 * elements, 0);
  return {
    sizeBytes: bodyBytes + digestBytes,
    async *pieces() {
      const hash = new PieceHash();
      for await (const piece of filled(bodyBytes, head, sections)) {
        await hash.add(piece);
        yield piece;
      }
      yield new TextEncoder().encode(await hash.hex());
    },
  };
}

/** Head and sections as pieces of one size, the last one excepted. */
async function* filled(
  bodyBytes: number,
  head: Uint8Array,
  sections: readonly Section[],
): AsyncGenerator<Uint8Array, void> {
  let left = bodyBytes;
  const next = (): Uint8Array => new Uint8Array(Math.min(pieceBytes, left));
  let piece = next();
  let at = 0;
  for await (const bytes of everything(head, sections, () => piece.length - at)) {
    piece.set(bytes, at);
    at += bytes.length;
    if (at < piece.length) continue;
    left -= at;
    yield piece;
    piece = next();
    at = 0;
  }
}

/** Head and sections in order, never more than there is room for. */
async function* everything(
  head: Uint8Array,
  sections: readonly Section[],
  roomBytes: () => number,
): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < head.length;) {
    const part = head.subarray(at, at + roomBytes());
    at += part.length;
    yield part;
  }
  for (const { elements, read } of sections)
    for (let first = 0; first < elements;) {
      const values = await read(first, Math.min(elements - first, roomBytes() / 4));
      first += values.length;
      yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    }
}
