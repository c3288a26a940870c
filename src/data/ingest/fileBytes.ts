/** Bytes of a file people gave, in slices: each read is awaited, so that a cancel or another call gets its turn. */
import { TunesmithError } from '../../lib/errors';

const fileChanged = (name: string): TunesmithError =>
  new TunesmithError('data/file-changed', `${name}: the file changed on disk since it was opened; open it again`);

/** Bytes `start` to `end` of a file, fewer at its end. Throws `data/file-changed` when it can't be read any more. */
export async function readSlice(file: File, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const wanted = Math.max(0, Math.min(end, file.size) - start);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await file.slice(start, end).arrayBuffer());
  } catch {
    throw fileChanged(file.name);
  }
  if (bytes.length !== wanted) throw fileChanged(file.name);
  return bytes;
}

/** The first bytes of a file; a folder, or a file that may not be read, is `data/not-a-data-file`. */
export async function readFirst(file: File, count: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.slice(0, count).arrayBuffer());
  } catch (cause) {
    throw new TunesmithError(
      'data/not-a-data-file',
      `${file.name}: a file that can be read is needed, got a folder, or a file that was moved or may not be read; choose the data file itself`,
      { data: { kind: 'unreadable' }, cause },
    );
  }
}

/** Chunks of a file from its beginning. @param onChunk sees each chunk's bytes before anything else does. */
export async function* fileChunks(
  file: File,
  chunkBytes: number,
  onChunk?: (chunk: Uint8Array, doneBytes: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < file.size;) {
    const chunk = await readSlice(file, at, Math.min(file.size, at + chunkBytes));
    at += chunk.length;
    onChunk?.(chunk, at);
    yield chunk;
  }
}
