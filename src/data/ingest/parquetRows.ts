/** A Parquet file, plain or gzipped, as opened rows. Its rows are written as JSON into a scratch, batch by batch. */
import { gunzip } from '../../formats/gzip/gunzip';
import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import { rowTooLong } from '../../formats/jsonl/readRow';
import { readParquetMetadata, type ByteRange, type ParquetFile } from '../../formats/parquet/parquetMetadata';
import { parquetRows } from '../../formats/parquet/parquetRows';
import type { RowWarning } from '../../protocol/rows';
import { BlockBuilder } from './blockBuilder';
import { fileChunks, readSlice } from './fileBytes';
import { createFileHash } from './fileHash';
import { Pace } from './pace';
import type { OpenedRows, ReadRowsOptions, Scratch } from './rowSource';

const chunkBytes = 1 << 20;
/** Share of the progress that is hashing: it reads the file once more, from its beginning to its end. */
const hashShare = 0.1;

/** Opens a Parquet file. A gzipped one is unzipped into a scratch first: its footer stands at its end. */
export async function openParquet(
  file: File,
  compression: 'gzip' | null,
  createScratch: () => Promise<Scratch>,
  isCancelled: () => boolean,
): Promise<OpenedRows> {
  const unzipped = compression === null ? null : await createScratch();
  try {
    const range = unzipped ? await unzip(file, unzipped, isCancelled) : fileRange(file);
    return new ParquetRows(
      { file, compression, unzipped, range, createScratch },
      await readParquetMetadata(range, file.name),
    );
  } catch (error) {
    await unzipped?.release();
    throw error;
  }
}

const fileRange = (file: File): ByteRange => ({
  size: file.size,
  read: (start, end) => readSlice(file, start, end),
});

async function unzip(file: File, scratch: Scratch, isCancelled: () => boolean): Promise<ByteRange> {
  const pace = new Pace({ name: file.name, totalBytes: file.size, onProgress: () => undefined, isCancelled });
  let size = 0;
  for await (const chunk of gunzip(fileChunks(file, chunkBytes), file.name)) {
    await scratch.append(chunk);
    size += chunk.length;
    await pace.tick();
  }
  return { size, read: async (start, end) => new Uint8Array(await scratch.read(start, end)) };
}

interface ParquetSource {
  file: File;
  compression: 'gzip' | null;
  unzipped: Scratch | null;
  range: ByteRange;
  createScratch: () => Promise<Scratch>;
}

class ParquetRows implements OpenedRows {
  readonly kind = 'parquet';
  readonly compression: 'gzip' | null;
  readonly columns: string[];
  readonly #encoder = new TextEncoder();
  #scratch: Scratch | null = null;

  constructor(
    private readonly source: ParquetSource,
    private readonly parquet: ParquetFile,
  ) {
    this.compression = source.compression;
    this.columns = parquet.columns;
  }

  async head(count: number): Promise<{ line: number; bytes: Uint8Array | null }[]> {
    const head: { line: number; bytes: Uint8Array | null }[] = [];
    for await (const { firstRow, rows } of parquetRows(this.source.range, this.parquet)) {
      rows.forEach((row, index) => head.push({ line: firstRow + index + 1, bytes: this.#encoder.encode(row) }));
      if (head.length >= count) break;
    }
    return head.slice(0, count);
  }

  async read(options: ReadRowsOptions): Promise<{ sha256: string; remarks: RowWarning[] }> {
    await this.#releaseRows();
    try {
      return await this.#readWhole(options);
    } catch (error) {
      await this.#releaseRows();
      throw error;
    }
  }

  async #readWhole(options: ReadRowsOptions): Promise<{ sha256: string; remarks: RowWarning[] }> {
    const { file, range, createScratch } = this.source;
    const pace = new Pace({ ...options, name: file.name, totalBytes: file.size });
    const hash = await createFileHash();
    for await (const chunk of fileChunks(file, chunkBytes)) {
      hash.update(chunk);
      pace.doneBytes += chunk.length * hashShare;
      await pace.tick();
    }
    const scratch = (this.#scratch = await createScratch());
    const builder = new BlockBuilder();
    const drain = async (): Promise<void> => {
      for (let block = builder.take(); block; block = builder.take()) {
        await scratch.append(block.bytes);
        await options.onBlock(block);
        await pace.tick();
      }
    };
    let stored = 0;
    for await (const { firstRow, rows } of parquetRows(range, this.parquet)) {
      rows.forEach((row, index) => {
        const line = firstRow + index + 1;
        const bytes = this.#encoder.encode(row);
        const isTooLong = bytes.length > defaultMaxRowBytes;
        const start = stored;
        if (!isTooLong) stored += bytes.length;
        const error = isTooLong ? rowTooLong(line, defaultMaxRowBytes).toRecord() : undefined;
        builder.add({ line, start, end: stored, bytes: isTooLong ? null : bytes, error });
      });
      const share = (firstRow + rows.length) / Math.max(1, this.parquet.rows);
      pace.doneBytes = file.size * (hashShare + (1 - hashShare) * share);
      await drain();
      await pace.tick();
    }
    builder.flush();
    await drain();
    pace.finish();
    return { sha256: hash.hex(), remarks: [] };
  }

  async bytes(start: number, end: number): Promise<Uint8Array> {
    return this.#scratch ? this.#scratch.read(start, end) : new Uint8Array(0);
  }

  async release(): Promise<void> {
    await this.#releaseRows();
    await this.source.unzipped?.release();
  }

  async #releaseRows(): Promise<void> {
    const scratch = this.#scratch;
    this.#scratch = null;
    await scratch?.release();
  }
}
