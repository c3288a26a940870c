/** Rows of a file that is read from its beginning to its end: JSON text, CSV and TSV, plain or gzipped. */
import { rowTooLong } from '../../formats/jsonl/readRow';
import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import type { FileKind, RowWarning } from '../../protocol/rows';
import { BlockBuilder, type ReadRow } from './blockBuilder';
import { readSlice } from './fileBytes';
import { createFileHash } from './fileHash';
import { Pace } from './pace';
import type { OpenedRows, ReadRowsOptions, Scratch } from './rowSource';
import { utf8Chunks, type TextSource } from './textSource';

/** Splits a stream of UTF-8 into rows. Row places count that stream's bytes, where rows stand in it as they are. */
export interface RowSplitter {
  push(chunk: Uint8Array): void;
  /** Goes on with what was pushed; false when there is nothing left of it. */
  more(): boolean;
  /** Ends the stream; again until `isDone`. */
  end(): void;
  readonly isDone: boolean;
  /** About the file as a whole, once it has ended. */
  remarks(): RowWarning[];
}

interface StreamedFormat {
  kind: FileKind;
  columns: string[] | null;
  /** True when the file's own bytes are the rows' JSON text. */
  holdsJson: boolean;
  createSplitter(onRow: (row: ReadRow) => void): RowSplitter;
}

const chunkBytes = 1 << 18;

export class StreamedRows implements OpenedRows {
  readonly kind: FileKind;
  readonly compression: 'gzip' | null;
  readonly columns: string[] | null;
  readonly #usesFile: boolean;
  #scratch: Scratch | null = null;
  #stored = 0;

  constructor(
    private readonly source: TextSource,
    private readonly format: StreamedFormat,
    private readonly createScratch: () => Promise<Scratch>,
  ) {
    this.kind = format.kind;
    this.compression = source.compression;
    this.columns = format.columns;
    this.#usesFile = format.holdsJson && source.compression === null && source.encoding === 'utf-8';
  }

  async head(count: number): Promise<{ line: number; bytes: Uint8Array | null }[]> {
    const rows: { line: number; bytes: Uint8Array | null }[] = [];
    const splitter = this.format.createSplitter(({ line, bytes }) => {
      if (rows.length < count) rows.push({ line, bytes: bytes && bytes.slice() });
    });
    for await (const chunk of utf8Chunks(this.source, 1 << 16)) {
      splitter.push(chunk);
      while (rows.length < count && splitter.more());
      if (rows.length >= count) return rows;
    }
    do splitter.end();
    while (!splitter.isDone && rows.length < count);
    return rows;
  }

  async read(options: ReadRowsOptions): Promise<{ sha256: string; remarks: RowWarning[] }> {
    await this.release();
    try {
      return await this.#readWhole(options);
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  async #readWhole(options: ReadRowsOptions): Promise<{ sha256: string; remarks: RowWarning[] }> {
    const { file } = this.source;
    const hash = await createFileHash();
    const pace = new Pace({ ...options, name: file.name, totalBytes: file.size });
    const scratch = this.#usesFile ? null : (this.#scratch = await this.createScratch());
    const builder = new BlockBuilder();
    const drain = async (): Promise<void> => {
      for (let block = builder.take(); block; block = builder.take()) {
        if (scratch) await scratch.append(block.bytes);
        await options.onBlock(block);
        await pace.tick();
      }
    };
    const splitter = this.format.createSplitter((row) => builder.add(this.#placed(withCap(row))));
    const onRawChunk = (chunk: Uint8Array, doneBytes: number): void => {
      hash.update(chunk);
      pace.doneBytes = doneBytes;
    };
    for await (const chunk of utf8Chunks(this.source, chunkBytes, onRawChunk)) {
      splitter.push(chunk);
      do {
        await drain();
        await pace.tick();
      } while (splitter.more());
    }
    do {
      splitter.end();
      await drain();
      await pace.tick();
    } while (!splitter.isDone);
    builder.flush();
    await drain();
    pace.finish();
    return { sha256: hash.hex(), remarks: splitter.remarks() };
  }

  async bytes(start: number, end: number): Promise<Uint8Array> {
    if (this.#usesFile) return readSlice(this.source.file, start, end);
    return this.#scratch ? this.#scratch.read(start, end) : new Uint8Array(0);
  }

  async release(): Promise<void> {
    const scratch = this.#scratch;
    this.#scratch = null;
    this.#stored = 0;
    await scratch?.release();
  }

  /** In a scratch rows stand one after another, as their blocks are appended. */
  #placed(row: ReadRow): ReadRow {
    if (this.#usesFile) return row;
    const start = this.#stored;
    this.#stored += row.bytes?.length ?? 0;
    return { ...row, start, end: this.#stored };
  }
}

const withCap = (row: ReadRow): ReadRow =>
  row.bytes === null && !row.error ? { ...row, error: rowTooLong(row.line, defaultMaxRowBytes).toRecord() } : row;
