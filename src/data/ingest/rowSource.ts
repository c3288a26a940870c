/** Any file people bring as rows of JSON text, in blocks and in bounded memory. */
import type { ErrorRecord } from '../../lib/errors';
import type { FileKind, RowWarning } from '../../protocol/rows';

/** Neighbouring rows, ready to be handed to another thread: plain data, `bytes.buffer` may be transferred. */
export interface RowBlock {
  firstRow: number;
  count: number;
  /** [count]: 1-based line of the original file where each row begins (Parquet: the row's number, from 1). */
  lines: Int32Array;
  /** [2 × count]: first byte and one past the last of each row in the row store, for `OpenedRows.bytes`. */
  places: Float64Array;
  /** The rows' JSON texts one after another, nothing between them. */
  bytes: Uint8Array<ArrayBuffer>;
  /** [count + 1]: where each row begins in `bytes`, and where the last ends. A row over the cap is empty here. */
  starts: Int32Array;
  /** Rows that the format itself could not read (a CSV record with too many cells, a row over the cap), by index in the block. */
  errors: { index: number; error: ErrorRecord }[];
}

export interface ReadRowsOptions {
  onBlock(block: RowBlock): void | Promise<void>;
  onProgress(doneBytes: number, totalBytes: number): void;
  /** True ends the reading with `data/cancelled`. */
  isCancelled(): boolean;
}

/** A file recognised and opened. The row store is the file itself for plain JSONL and JSON, else a scratch file. */
export interface OpenedRows {
  kind: FileKind;
  compression: 'gzip' | null;
  /** Column names that the file itself declares (CSV, TSV, Parquet), in order; null for JSON. */
  columns: string[] | null;
  /** The first rows, for recognising the format; reads no more of the file than that needs. */
  head(count: number): Promise<{ line: number; bytes: Uint8Array | null }[]>;
  /** Reads the whole file once. `sha256` is of the file's own bytes, hexadecimal; remarks are about the file as a whole. */
  read(options: ReadRowsOptions): Promise<{ sha256: string; remarks: RowWarning[] }>;
  /** Bytes of the row store. Throws `data/file-changed` when the file changed on disk since. */
  bytes(start: number, end: number): Promise<Uint8Array>;
  /** Deletes the scratch file, if there is one. */
  release(): Promise<void>;
}

/** Where rows of files that are not JSON text are kept, to be read again: a file in OPFS, or memory in tests. */
export interface Scratch {
  append(bytes: Uint8Array): void | Promise<void>;
  read(start: number, end: number): Promise<Uint8Array>;
  release(): Promise<void>;
}
