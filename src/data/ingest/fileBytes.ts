/** Bytes of a file people gave: each read is awaited, so that a cancel or another call gets its turn. */
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

/** The next bytes of a stream, at most `most`, valid until the next ones are asked for; undefined at its end. */
interface ByteReader {
  read(most: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  cancel(): Promise<void>;
}

/**
 * Reads into one buffer again and again, where the browser can (not Safari): a new one each time would be garbage as large as
 * the file, and a fast disk fills hundreds of megabytes with it before any is collected.
 */
function byteReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ByteReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: 'byob' });
  } catch {
    return plainReader(stream);
  }
  let buffer = new ArrayBuffer(0);
  return {
    async read(most) {
      if (buffer.byteLength !== most) buffer = new ArrayBuffer(most);
      const { value } = await reader.read(new Uint8Array(buffer));
      if (!value || value.length === 0) return undefined;
      buffer = value.buffer;
      return value;
    },
    cancel: () => reader.cancel(),
  };
}

function plainReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ByteReader {
  const reader = stream.getReader();
  let rest: Uint8Array<ArrayBuffer> | undefined;
  return {
    async read(most) {
      if (!rest || rest.length === 0) rest = (await reader.read()).value;
      const part = rest?.subarray(0, most);
      rest = rest?.subarray(most);
      return part;
    },
    cancel: () => reader.cancel(),
  };
}

/**
 * Chunks of a file from its beginning, of at most `chunkBytes`, each valid until the next is asked for. One stream: the
 * browser reads ahead, where a slice for each chunk would ask it anew (8 ms a piece). Throws `data/file-changed` when it
 * can't be read to its end any more.
 * @param onChunk sees each chunk's bytes before anything else does.
 */
export async function* fileChunks(
  file: File,
  chunkBytes: number,
  onChunk?: (chunk: Uint8Array, doneBytes: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = byteReader(file.stream());
  const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    try {
      return await reader.read(chunkBytes);
    } catch {
      throw fileChanged(file.name);
    }
  };
  let done = 0;
  try {
    for (let chunk = await next(); chunk; chunk = await next()) {
      done += chunk.length;
      onChunk?.(chunk, done);
      yield chunk;
    }
    if (done !== file.size) throw fileChanged(file.name);
  } finally {
    // Whoever has seen enough ends the reading.
    await reader.cancel().catch(() => undefined);
  }
}
