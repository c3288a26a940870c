/** A Parquet file's footer, checked before anything is read or allocated by what it says. */
import { parquetMetadata as parseMetadata } from 'hyparquet';
import { parquetSchema, type ColumnMetaData, type FileMetaData, type SchemaTree } from 'hyparquet';
import { TunesmithError } from '../../lib/errors';

/** Random access to the file's bytes. */
export interface ByteRange {
  readonly size: number;
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

export interface ColumnChunk {
  meta: ColumnMetaData;
  start: number;
  end: number;
}

export interface RowGroup {
  /** Number of the file's first row in it, from 0. */
  firstRow: number;
  rows: number;
  columns: ColumnChunk[];
}

export interface ParquetFile {
  /** For messages. */
  name: string;
  schema: SchemaTree;
  /** Names of the top-level columns, in order. */
  columns: string[];
  rows: number;
  groups: RowGroup[];
}

/** A footer describes columns and row groups: real ones have kilobytes, of many thousand columns a few megabytes. */
const maxFooterBytes = 1 << 26;
const maxColumns = 10_000;
/** Row numbers are kept in 32 bits. */
const maxRows = 2 ** 31 - 1;
const codecs = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'BROTLI', 'LZ4', 'LZ4_RAW']);

export const parquetDamaged = (name: string, what: string, cause?: unknown): TunesmithError =>
  new TunesmithError('data/parquet-damaged', `${name}: a whole Parquet file is needed, ${what}; write it again`, {
    cause,
  });

export const parquetUnsupported = (name: string, what: string, remedy: string): TunesmithError =>
  new TunesmithError('data/parquet-unsupported', `${name}: ${what} can't be read here; ${remedy}`);

/** Reads and checks the footer. Throws `data/parquet-damaged` or `data/parquet-unsupported`. */
export async function readParquetMetadata(file: ByteRange, name: string): Promise<ParquetFile> {
  if (file.size < 12) throw parquetDamaged(name, `this one has ${file.size} bytes`);
  const tail = await file.read(file.size - 8, file.size);
  const magic = new TextDecoder('latin1').decode(tail.subarray(4));
  if (magic === 'PARE')
    throw parquetUnsupported(name, 'an encrypted Parquet file', 'write it without encryption and open that');
  if (magic !== 'PAR1') throw parquetDamaged(name, 'this one does not end as it should: it may be cut off');
  const footerBytes = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  if (footerBytes === 0 || footerBytes + 12 > file.size || footerBytes > maxFooterBytes)
    throw parquetDamaged(name, `the footer of this one says that it has ${footerBytes} bytes`);
  const footer = await file.read(file.size - 8 - footerBytes, file.size);
  const metadata = guarded(name, 'its footer', () =>
    parseMetadata(footer, { geoparquet: false, parsers: noStatistics }),
  );
  return guarded(name, 'its footer', () => checked(metadata, file.size - 8 - footerBytes, name));
}

/** Runs code of the Parquet library; whatever it throws over a damaged file becomes `data/parquet-damaged`. */
export function guarded<T>(name: string, where: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof TunesmithError) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    const unsupported = /unsupported|not supported/.test(words);
    if (unsupported)
      throw parquetUnsupported(name, `${where} (${words})`, 'write it with common encodings and open that');
    throw parquetDamaged(name, `${where} is not sound in this one (${words})`, cause);
  }
}

/** Statistics of columns are of no use here, and texts in them may be long. */
const noStatistics = { stringFromBytes: () => null };

function checked(metadata: FileMetaData, dataEnd: number, name: string): ParquetFile {
  const { schema: elements, row_groups: rowGroups } = metadata;
  if (elements.length > maxColumns)
    throw parquetUnsupported(
      name,
      `a file of ${elements.length} columns`,
      'choose the columns you need and write those',
    );
  if (elements.some((element) => element.name === '__proto__'))
    throw parquetUnsupported(name, 'a column called __proto__', 'rename it');
  const schema = parquetSchema(metadata);
  let firstRow = 0;
  const groups = rowGroups.map((group): RowGroup => {
    const rows = Number(group.num_rows);
    if (!(rows >= 0)) throw parquetDamaged(name, `a row group of this one says that it has ${rows} rows`);
    const columns = group.columns.map((column): ColumnChunk => {
      if (column.crypto_metadata ?? column.encrypted_column_metadata)
        throw parquetUnsupported(name, 'an encrypted column', 'write it without encryption and open that');
      if (column.file_path) throw parquetUnsupported(name, 'a file whose columns lie in other files', 'write one file');
      if (!column.meta_data) throw parquetDamaged(name, 'a column of this one is not described');
      return chunkOf(column.meta_data, dataEnd, name);
    });
    const result = { firstRow, rows, columns };
    firstRow += rows;
    return result;
  });
  if (firstRow > maxRows || firstRow !== Number(metadata.num_rows))
    throw parquetDamaged(
      name,
      `this one says that it has ${metadata.num_rows} rows, and ${firstRow} in its row groups`,
    );
  return { name, schema, columns: schema.children.map(({ element }) => element.name), rows: firstRow, groups };
}

function chunkOf(meta: ColumnMetaData, dataEnd: number, name: string): ColumnChunk {
  const column = meta.path_in_schema.join('.');
  if (!codecs.has(meta.codec))
    throw parquetUnsupported(
      name,
      `column ${JSON.stringify(column)}, compressed with ${meta.codec ?? 'an unknown codec'},`,
      'write it with snappy, gzip or zstd and open that',
    );
  const { data_page_offset: dataAt, dictionary_page_offset: dictionaryAt } = meta;
  // Some writers leave 0, or an offset behind the first page, where there is no dictionary.
  const start = Number(dictionaryAt && dictionaryAt < dataAt ? dictionaryAt : dataAt);
  const end = start + Number(meta.total_compressed_size);
  // A column without rows may lie nowhere.
  if (meta.num_values > 0 && !(start >= 4 && end >= start && end <= dataEnd))
    throw parquetDamaged(
      name,
      `column ${JSON.stringify(column)} of this one lies at bytes ${start} to ${end} of ${dataEnd}`,
    );
  return { meta, start, end };
}
