/** The text of a file as a stream of UTF-8 bytes: unzipped and transcoded on the way. */
import { gunzip } from '../../formats/gzip/gunzip';
import { Utf16Transcoder, type TextEncodingName } from '../../formats/kind/encoding';
import { fileChunks } from './fileBytes';

export interface TextSource {
  file: File;
  compression: 'gzip' | null;
  encoding: TextEncodingName;
}

/** Chunks of UTF-8. @param onRawChunk sees the file's own bytes, and how many have been read. */
export async function* utf8Chunks(
  { file, compression, encoding }: TextSource,
  chunkBytes: number,
  onRawChunk?: (chunk: Uint8Array, doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const raw = fileChunks(file, chunkBytes, onRawChunk);
  const unzipped = compression === 'gzip' ? gunzip(raw, file.name) : raw;
  if (encoding === 'utf-8') {
    yield* unzipped;
    return;
  }
  const transcoder = new Utf16Transcoder(encoding);
  for await (const chunk of unzipped) yield transcoder.push(chunk);
  yield transcoder.end();
}

/** The first bytes of the unzipped and transcoded file, at most `count`; and whether that is all of it. */
export async function utf8Head(source: TextSource, count: number): Promise<{ head: Uint8Array; isWhole: boolean }> {
  const head = new Uint8Array(count);
  let filled = 0;
  for await (const chunk of utf8Chunks(source, Math.min(count, 1 << 16))) {
    if (filled + chunk.length > count) {
      head.set(chunk.subarray(0, count - filled), filled);
      return { head, isWhole: false };
    }
    head.set(chunk, filled);
    filled += chunk.length;
  }
  return { head: head.subarray(0, filled), isWhole: true };
}
