/** Blocks of rows as one binary file: a header in JSON that says where each column lies, then the columns. */
import type { BlockResult } from '../../src/data/session/blockResult';
import type { CachedRows } from '../../src/data/session/tokenCache';

const magic = 0x32_4b_4f_54; // "TOK2"
/** Magic number, length of the header, length of the columns, sum over both. */
const headBytes = 24;

const arrayTypes = { Int32Array, Float64Array, Uint8Array, BigUint64Array } as const;
type ArrayType = keyof typeof arrayTypes;
type Column = [name: string, type: ArrayType, byteOffset: number, length: number];

interface Header {
  sha256: string;
  remarks: CachedRows['remarks'];
  formatErrors: CachedRows['formatErrors'];
  blocks: { plain: Record<string, unknown>; columns: Column[] }[];
}

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;
const typeOf = (value: ArrayBufferView): ArrayType => value.constructor.name as ArrayType;

/**
 * A sum over bytes that zeros fill up to a multiple of eight: the step of FNV-1a, on 32-bit words. Each step is one to
 * one, so that a change within one word always shows.
 */
function summed(before: number, bytes: Uint8Array): number {
  const length = aligned(bytes.length);
  let whole = bytes;
  if (bytes.byteOffset % 4 !== 0 || bytes.length !== length) {
    whole = new Uint8Array(length);
    whole.set(bytes);
  }
  const words = new Int32Array(whole.buffer, whole.byteOffset, length / 4);
  let sum = before;
  for (let at = 0; at < words.length; at++) sum = Math.imul(sum ^ (words[at] ?? 0), 0x01000193);
  return sum;
}

/** The file's parts, to be written one after another. */
export function encodeBlocks(rows: CachedRows): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let offset = 0;
  let sum = 0;
  const blocks = rows.blocks.map((block) => {
    const plain: Record<string, unknown> = {};
    const columns: Column[] = [];
    for (const [name, value] of Object.entries(block) as [string, unknown][]) {
      if (!ArrayBuffer.isView(value)) {
        plain[name] = value;
        continue;
      }
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      columns.push([name, typeOf(value), offset, (value as Int32Array).length]);
      parts.push(bytes, new Uint8Array(aligned(bytes.length) - bytes.length));
      offset += aligned(bytes.length);
      sum = summed(sum, bytes);
    }
    return { plain, columns };
  });
  const { sha256, remarks, formatErrors } = rows;
  const header = new TextEncoder().encode(JSON.stringify({ sha256, remarks, formatErrors, blocks } satisfies Header));
  const head = new DataView(new ArrayBuffer(headBytes));
  head.setUint32(0, magic, true);
  head.setUint32(4, header.length, true);
  head.setFloat64(8, offset, true);
  head.setInt32(16, summed(sum, header), true);
  const padding = new Uint8Array(aligned(header.length) - header.length);
  return [new Uint8Array(head.buffer), header, padding, ...parts];
}

/** Reads such a file; null for one that is cut short, altered or not of this kind. */
export function decodeBlocks(file: ArrayBuffer): CachedRows | null {
  if (file.byteLength < headBytes) return null;
  const head = new DataView(file);
  const headerLength = head.getUint32(4, true);
  const columnsAt = headBytes + aligned(headerLength);
  if (head.getUint32(0, true) !== magic || file.byteLength !== columnsAt + head.getFloat64(8, true)) return null;
  const sum = summed(
    summed(0, new Uint8Array(file, columnsAt)),
    new Uint8Array(file, headBytes, columnsAt - headBytes),
  );
  if (sum !== head.getInt32(16, true)) return null;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, headBytes, headerLength))) as Header;
  const blocks = header.blocks.map(({ plain, columns }) => {
    const block = { ...plain };
    for (const [name, type, offset, length] of columns)
      block[name] = new arrayTypes[type](file, columnsAt + offset, length);
    return block as unknown as BlockResult;
  });
  return { sha256: header.sha256, blocks, remarks: header.remarks, formatErrors: header.formatErrors };
}
