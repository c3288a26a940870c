/** One column of a row group, page by page: only the page being read and rows not yet taken are in memory. */
import type { ColumnMetaData, SchemaTree } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { getMaxRepetitionLevel, getTreePath } from 'hyparquet/src/schema.js';
import { plainParsers } from './plainValues';
import { unpackPage } from './unpackPage';
import { guarded, parquetDamaged, parquetUnsupported, type ByteRange, type ColumnChunk } from './parquetMetadata';

/** Read ahead: pages of writers have about a mebibyte or 20,000 rows. */
const windowBytes = 1 << 18;
/** Statistics in a page's header may hold whole texts. */
const maxHeaderBytes = 1 << 22;
/** One page is decoded at once. */
const maxPageBytes = 1 << 28;
const maxPageValues = 1 << 23;

type PageHeader = ReturnType<typeof parquetHeader>;

export class ColumnPages {
  readonly path: string[];
  readonly #meta: ColumnMetaData;
  readonly #decoder: Parameters<typeof readPage>[2];
  readonly #isRepeated: boolean;
  readonly #what: string;
  #at: number;
  readonly #end: number;
  #window = new Uint8Array(0);
  #windowAt = 0;
  #dictionary: Parameters<typeof readPage>[3];
  #valuesLeft: number;
  #rows: unknown[] = [];
  /** Rows of `#rows` already taken. */
  #taken = 0;

  constructor(
    private readonly file: ByteRange,
    private readonly name: string,
    { meta, start, end }: ColumnChunk,
    schema: SchemaTree,
  ) {
    this.#meta = meta;
    this.path = meta.path_in_schema;
    this.#what = `column ${JSON.stringify(this.path.join('.'))}`;
    const schemaPath = getTreePath(schema, this.path);
    const element = schemaPath.at(-1)?.element;
    if (!element) throw parquetDamaged(name, `${this.#what} of this one is not in its schema`);
    this.#decoder = decoderOf(meta, schemaPath, element);
    this.#isRepeated = getMaxRepetitionLevel(schemaPath) > 0;
    this.#at = start;
    this.#end = end;
    this.#valuesLeft = Number(meta.num_values);
  }

  /** Rows that are whole: a row with a list may go on in the next page. */
  get available(): number {
    return this.#rows.length - this.#taken - (this.#isRepeated && !this.isAtEnd ? 1 : 0);
  }

  get isAtEnd(): boolean {
    return this.#valuesLeft <= 0 || this.#at >= this.#end;
  }

  /** The next rows; the caller has seen to it that they are available. */
  take(count: number): unknown[] {
    const rows = this.#rows.slice(this.#taken, this.#taken + count);
    this.#taken += count;
    return rows;
  }

  /** Decodes the next page. Throws `data/parquet-damaged` or `data/parquet-unsupported`. */
  async readPage(): Promise<void> {
    if (this.#taken > 0) {
      this.#rows = this.#rows.slice(this.#taken);
      this.#taken = 0;
    }
    const header = await this.#readHeader();
    const bytes = await this.#bytes(header.compressed_page_size);
    this.#at += header.compressed_page_size;
    guarded(this.name, this.#what, () => this.#decode(header, bytes));
  }

  #decode(packedHeader: PageHeader, packed: Uint8Array<ArrayBuffer>): void {
    if (packedHeader.type === 'INDEX_PAGE') return;
    const { header, bytes } = unpackPage(packedHeader, packed, this.#meta, this.#decoder.schemaPath);
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
    if (header.type === 'DICTIONARY_PAGE') {
      const { data } = readPage(reader, header, this.#decoder, undefined, undefined, 0);
      this.#dictionary = data && convert(data, this.#decoder);
      return;
    }
    const values = (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0;
    this.#valuesLeft -= values;
    if (values === 0) return;
    const { data } = readPage(reader, header, this.#decoder, this.#dictionary, this.#rows, 0);
    // A column without nulls and lists comes as an array of its own.
    if (data && data !== this.#rows) for (const value of data) this.#rows.push(value);
  }

  async #readHeader(): Promise<PageHeader> {
    for (let wanted = 1 << 10; ; wanted *= 8) {
      const bytes = await this.#bytes(Math.min(wanted, this.#end - this.#at));
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
      try {
        const header = parquetHeader(reader);
        this.#at += reader.offset;
        this.#check(header);
        return header;
      } catch (error) {
        // Perhaps the header goes on behind what was read of it.
        if (
          bytes.length === this.#end - this.#at ||
          wanted > maxHeaderBytes ||
          !(error instanceof RangeError || isThrift(error))
        )
          guarded(this.name, this.#what, () => {
            throw error;
          });
      }
    }
  }

  /** Nothing is allocated by what a damaged or hostile header says. */
  #check(header: PageHeader): void {
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    if (!(packed >= 0 && packed <= this.#end - this.#at && unpacked >= 0))
      throw parquetDamaged(this.name, `a page of ${this.#what} of this one says that it has ${packed} bytes`);
    if (unpacked > maxPageBytes)
      throw parquetUnsupported(this.name, `a page of ${this.#what} of ${unpacked} bytes`, 'write smaller pages');
    const dictionary = header.dictionary_page_header;
    if (dictionary && !(dictionary.num_values >= 0 && dictionary.num_values <= unpacked))
      throw parquetDamaged(this.name, `a dictionary of ${this.#what} of this one is too small for its values`);
    const values = (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0;
    if (!(values >= 0 && values <= this.#valuesLeft))
      throw parquetDamaged(this.name, `a page of ${this.#what} of this one says that it has ${values} values`);
    if (values > maxPageValues)
      throw parquetUnsupported(this.name, `a page of ${this.#what} of ${values} values`, 'write smaller pages');
  }

  /** The next bytes, without passing over them. */
  async #bytes(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const from = this.#at - this.#windowAt;
    if (from < 0 || from + count > this.#window.length) {
      this.#window = await this.file.read(this.#at, Math.min(this.#end, this.#at + Math.max(count, windowBytes)));
      this.#windowAt = this.#at;
      return this.#window.subarray(0, count);
    }
    return this.#window.subarray(from, from + count);
  }
}

const isThrift = (error: unknown): boolean => error instanceof Error && /thrift/.test(error.message);

function decoderOf(
  meta: ColumnMetaData,
  schemaPath: SchemaTree[],
  element: SchemaTree['element'],
): Parameters<typeof readPage>[2] {
  return {
    pathInSchema: meta.path_in_schema,
    type: meta.type,
    element,
    schemaPath,
    // Pages are decompressed before.
    codec: 'UNCOMPRESSED',
    parsers: { ...DEFAULT_PARSERS, ...plainParsers },
  };
}
