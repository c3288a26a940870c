/**
 * Downloaded files, named by the hash of what they hold, so that two revisions (or two hubs) with the same file share
 * it. Three names belong to one: `<hash>`, the bytes; `<hash>.journal`, how far each piece of an unfinished one has come;
 * `<hash>.ok`, there once the bytes were read back and had that hash. Without it a file counts as unfinished, whatever
 * its size.
 */
import type { RemoteFile } from './listRepository';
import type { Store, StoreWriter } from './store';

export type BlobFile = Pick<RemoteFile, 'hash' | 'sizeBytes'>;

export const journalName = ({ hash }: BlobFile): string => `${hash}.journal`;
export const okName = ({ hash }: BlobFile): string => `${hash}.ok`;
/** All names that may belong to a file. */
export const blobNames = (file: BlobFile): string[] => [file.hash, journalName(file), okName(file)];

/** The finished, verified bytes; null when they are not there or not whole. */
export async function wholeBlob(store: Store, file: BlobFile): Promise<Blob | null> {
  if (!(await store.file(okName(file)))) return null;
  const blob = await store.file(file.hash);
  return blob?.size === file.sizeBytes ? blob : null;
}

/** Bytes of a file that are on disk: all, or what the journal says. */
export async function storedBytes(store: Store, file: BlobFile): Promise<number> {
  if (await wholeBlob(store, file)) return file.sizeBytes;
  try {
    const journal = await store.file(journalName(file));
    const [pieceBytes = 0, ...done] = journal ? new Uint32Array(await journal.arrayBuffer()) : [];
    if (done.length !== pieceCount(file, pieceBytes)) return 0;
    return done.reduce((sum, bytes) => sum + bytes, 0);
  } catch {
    // Being written this moment.
    return 0;
  }
}

/** Deletes a file, whole or not. Throws `storage/busy`. */
export async function removeBlob(store: Store, file: BlobFile): Promise<void> {
  // The mark first: a file that is half gone must not count as whole.
  for (const name of blobNames(file).reverse()) await store.remove(name);
}

const pieceCount = ({ sizeBytes }: BlobFile, pieceBytes: number): number => Math.ceil(sizeBytes / pieceBytes);

export interface Piece {
  index: number;
  start: number;
  sizeBytes: number;
  /** Bytes from its start that are on disk. */
  doneBytes: number;
}

/**
 * How far the pieces of one file have come, kept beside it as 32-bit numbers: the size of a piece, then the bytes that are
 * there of each. It is not flushed: what a power cut makes of it, the hash at the end finds out.
 */
export class Journal {
  readonly pieces: Piece[];
  /** How often everything began anew. */
  restarts = 0;
  #doneBytes: number;

  /** @param storedBytes the present length of the file. A journal with other pieces is begun anew. */
  constructor(
    private readonly writer: StoreWriter,
    file: BlobFile,
    storedBytes: number,
    private readonly pieceBytes: number,
  ) {
    const count = pieceCount(file, pieceBytes);
    const before = new Uint32Array(writer.read(0, (count + 1) * 4).slice().buffer, 0);
    const isUsable = writer.sizeBytes() === (count + 1) * 4 && before[0] === pieceBytes;
    this.pieces = Array.from({ length: count }, (_, index) => {
      const start = index * pieceBytes;
      const sizeBytes = Math.min(pieceBytes, file.sizeBytes - start);
      const bytes = isUsable ? (before[index + 1] ?? 0) : 0;
      // What lies beyond the file's end is not there, whatever the journal says.
      const isThere = bytes <= sizeBytes && start + bytes <= storedBytes;
      return { index, start, sizeBytes, doneBytes: isThere ? bytes : 0 };
    });
    this.#doneBytes = this.pieces.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
    if (!isUsable) this.restart();
  }

  get doneBytes(): number {
    return this.#doneBytes;
  }

  /** Bytes from the file's beginning up to the first hole. */
  prefixBytes(): number {
    const open = this.pieces.find(({ doneBytes, sizeBytes }) => doneBytes < sizeBytes);
    return open ? open.start + open.doneBytes : this.#doneBytes;
  }

  advance(piece: Piece, bytes: number): void {
    piece.doneBytes += bytes;
    this.#doneBytes += bytes;
    this.#note(piece.doneBytes, piece.index + 1);
  }

  /** Nothing is there any more. */
  restart(): void {
    for (const piece of this.pieces) piece.doneBytes = 0;
    this.#doneBytes = 0;
    this.restarts++;
    this.writer.truncate(0);
    this.writer.truncate((this.pieces.length + 1) * 4);
    this.#note(this.pieceBytes, 0);
  }

  #note(value: number, place: number): void {
    this.writer.write(new Uint8Array(Uint32Array.of(value).buffer), place * 4);
  }
}
