/**
 * A page's bytes, decompressed and checked before the library decodes them: it believes a run's length, so that five bytes
 * could ask for two billion values; and it believes the null count of version-2 pages, which pyarrow gives without the
 * nulls of empty lists.
 */
import type { ColumnMetaData, SchemaTree } from 'hyparquet';
import type { parquetHeader } from 'hyparquet/src/column.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { compressors } from 'hyparquet-compressors';

type PageHeader = ReturnType<typeof parquetHeader>;
export interface UnpackedPage {
  header: PageHeader;
  /** Uncompressed, as `header` says. */
  bytes: Uint8Array;
}

const damaged = (what: string): Error => new Error(what);
/** Bits of a level from 0 to `max`. */
const bitWidth = (max: number): number => 32 - Math.clz32(max);

/** Decompresses and checks one page. Throws plain errors; the caller names file and column. */
export function unpackPage(
  header: PageHeader,
  packed: Uint8Array,
  { codec, type }: Pick<ColumnMetaData, 'codec' | 'type'>,
  schemaPath: SchemaTree[],
): UnpackedPage {
  const levels = { repetition: getMaxRepetitionLevel(schemaPath), definition: getMaxDefinitionLevel(schemaPath) };
  if (header.data_page_header_v2) return unpackV2(header, packed, codec, levels);
  const bytes = decompress(packed, header.uncompressed_page_size, codec);
  const page = header.data_page_header;
  if (page) {
    const reader = new RunReader(bytes, 0);
    if (levels.repetition > 0) reader.prefixed(bitWidth(levels.repetition), page.num_values);
    let present = page.num_values;
    if (levels.definition > 0)
      present = reader.prefixed(bitWidth(levels.definition), page.num_values, levels.definition);
    checkValues(reader, page.encoding, present, type === 'BOOLEAN');
  }
  return { header: sized(header, bytes.length), bytes };
}

function unpackV2(
  header: PageHeader,
  packed: Uint8Array,
  codec: ColumnMetaData['codec'],
  levels: { repetition: number; definition: number },
): UnpackedPage {
  const page = header.data_page_header_v2;
  if (!page) throw damaged('a page without its header');
  const repetitionEnd = page.repetition_levels_byte_length;
  const levelsEnd = repetitionEnd + page.definition_levels_byte_length;
  if (!(repetitionEnd >= 0 && levelsEnd >= repetitionEnd && levelsEnd <= packed.length))
    throw damaged('levels longer than their page');
  const reader = new RunReader(packed, 0);
  if (levels.repetition > 0) reader.runs(bitWidth(levels.repetition), page.num_values, repetitionEnd);
  reader.at = repetitionEnd;
  let present = page.num_values;
  if (levels.definition > 0)
    present = reader.runs(bitWidth(levels.definition), page.num_values, levelsEnd, levels.definition);
  const values = packed.subarray(levelsEnd);
  const plain =
    page.is_compressed === false ? values : decompress(values, header.uncompressed_page_size - levelsEnd, codec);
  const bytes = new Uint8Array(levelsEnd + plain.length);
  bytes.set(packed.subarray(0, levelsEnd));
  bytes.set(plain, levelsEnd);
  checkValues(new RunReader(bytes, levelsEnd), page.encoding, present, page.encoding === 'RLE');
  const fixed = { ...page, num_nulls: page.num_values - present, is_compressed: false };
  return { header: { ...sized(header, bytes.length), data_page_header_v2: fixed }, bytes };
}

const sized = (header: PageHeader, size: number): PageHeader => ({
  ...header,
  compressed_page_size: size,
  uncompressed_page_size: size,
});

function decompress(packed: Uint8Array, size: number, codec: ColumnMetaData['codec']): Uint8Array {
  // A page of nothing but nulls has no bytes, and some codecs no word for that.
  if (size === 0) return new Uint8Array(0);
  if (!(size > 0)) throw damaged(`a page of ${size} bytes`);
  const bytes = codec === 'UNCOMPRESSED' ? packed : compressors[codec]?.(packed, size);
  if (bytes?.length !== size) throw damaged(`a page unpacks to ${bytes?.length ?? 0} bytes instead of ${size}`);
  return bytes;
}

/** Walks the runs that encode the values, where runs do. */
function checkValues(reader: RunReader, encoding: string, present: number, isBoolean: boolean): void {
  if (present === 0) return;
  if (encoding === 'RLE' && isBoolean) reader.prefixed(1, present);
  else if (encoding.endsWith('_DICTIONARY') || encoding === 'RLE') {
    const width = reader.byte();
    if (width > 32) throw damaged(`a dictionary index of ${width} bits`);
    if (width > 0) reader.runs(width, present, reader.bytes.length);
  } else if (encoding === 'PLAIN' && !isBoolean && present > reader.bytes.length - reader.at)
    throw damaged(`${present} values in ${reader.bytes.length - reader.at} bytes`);
  else if (encoding.startsWith('DELTA_')) reader.deltaHeader(present);
}

/** Walks the hybrid of run lengths and bit packing without storing values. */
class RunReader {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw damaged('a page ends too early');
    return value;
  }

  /** Runs behind their length in four bytes, then goes to their end. Counts values equal to `sought`. */
  prefixed(width: number, count: number, sought = -1): number {
    const length = this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24);
    const end = this.at + length;
    if (length < 0 || end > this.bytes.length) throw damaged(`levels of ${length} bytes`);
    const found = this.runs(width, count, end, sought);
    this.at = end;
    return found;
  }

  /** `count` values in runs up to `end`; throws where they say that they are more. */
  runs(width: number, count: number, end: number, sought = -1): number {
    let found = 0;
    for (let seen = 0; seen < count;) {
      if (this.at >= end) throw damaged('runs end too early');
      const header = this.#varint();
      if (header % 2 === 1) {
        const packed = Math.min(((header - 1) / 2) * 8, count - seen);
        if (sought >= 0) found += this.#countPacked(width, packed, sought);
        // The last group may be cut off behind its last value.
        this.at += Math.min(((header - 1) / 2) * width, end - this.at);
        seen += packed;
        if (packed === 0) throw damaged('an empty run');
      } else {
        const length = header / 2;
        if (length === 0 || length > count - seen) throw damaged(`a run of ${length} values`);
        let value = 0;
        for (let shift = 0; shift < width; shift += 8) value += this.byte() * 2 ** shift;
        if (value === sought) found += length;
        seen += length;
      }
    }
    return found;
  }

  /** Head of a delta encoding: block size, miniblocks, count; the library's loops run over these. */
  deltaHeader(present: number): void {
    const at = this.at;
    const blockSize = this.#varint();
    const miniblocks = this.#varint();
    const count = this.#varint();
    const perMiniblock = blockSize / miniblocks;
    if (!(
      blockSize > 0 &&
      blockSize <= 1 << 20 &&
      miniblocks > 0 &&
      Number.isInteger(perMiniblock) &&
      count <= present
    ))
      throw damaged(`a delta block of ${blockSize} values`);
    this.at = at;
  }

  #countPacked(width: number, count: number, sought: number): number {
    let found = 0;
    for (let index = 0; index < count; index++) {
      let value = 0;
      for (let bit = 0; bit < width; bit++) {
        const place = index * width + bit;
        value |= (((this.bytes[this.at + (place >> 3)] ?? 0) >> (place & 7)) & 1) << bit;
      }
      if (value === sought) found++;
    }
    return found;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 42; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw damaged('a number of too many bytes');
  }
}
