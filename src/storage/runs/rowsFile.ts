/**
 * A run's rows as one binary file, the same bytes for the same rows:
 *
 *     "TSROWS01" | u32 header size | header JSON, spaces to a multiple of 4 | columns of 32-bit numbers
 *
 * The columns are those of the training table, then of the validation table: ids, labels, offsets, rows.
 */
import { z } from 'zod';
import type { ExampleTable } from '../../protocol/example';
import type { RunRows } from './runRows';

const magic = 'TSROWS01';

const count = z.int().min(0);
const promptSchema = z.object({
  /** −1: the page's own question, which is no row. */
  row: z.int().min(-1),
  prompt: z.string(),
  promptIds: z.array(count),
  expected: z.string(),
});
const tableSchema = z.object({ rows: count, tokens: count });
const headerSchema = z.object({
  train: tableSchema,
  validation: tableSchema.nullable(),
  samples: z.array(promptSchema),
  samplePool: z.array(promptSchema),
});
type Header = z.output<typeof headerSchema>;

const columnsOf = ({ inputIds, labels, offsets, rows }: ExampleTable) => [inputIds, labels, offsets, rows];
const sizesOf = ({ rows, inputIds }: ExampleTable) => ({ rows: rows.length, tokens: inputIds.length });

/** The file of the rows. */
export function encodeRows({ train, validation, samples, samplePool }: RunRows): Uint8Array {
  const plain = ({ row, prompt, promptIds, expected }: Header['samples'][number]) => ({
    row,
    prompt,
    promptIds: [...promptIds],
    expected,
  });
  const header: Header = {
    train: sizesOf(train),
    validation: validation && sizesOf(validation),
    samples: samples.map(plain),
    samplePool: samplePool.map(plain),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headBytes = Math.ceil(json.length / 4) * 4;
  const columns = [train, ...(validation ? [validation] : [])].flatMap(columnsOf);
  const file = new Uint8Array(12 + headBytes + columns.reduce((sum, { byteLength }) => sum + byteLength, 0));
  file.set(new TextEncoder().encode(magic));
  new DataView(file.buffer).setUint32(8, headBytes, true);
  file.fill(0x20, 12, 12 + headBytes).set(json, 12);
  let at = 12 + headBytes;
  for (const column of columns) {
    file.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return file;
}

/** Reads such a file; null for one that is cut off, or whose columns do not belong together. */
export function decodeRows(file: Uint8Array): RunRows | null {
  const text = (from: number, to: number): string => new TextDecoder().decode(file.subarray(from, to));
  if (file.length < 12 || text(0, 8) !== magic) return null;
  let at = 12 + new DataView(file.buffer, file.byteOffset).getUint32(8, true);
  const header = headerSchema.safeParse(jsonOf(text(12, at)));
  if (!header.success) return null;
  const { train, validation, samples, samplePool } = header.data;
  const tables = [train, ...(validation ? [validation] : [])];
  const bytes = tables.reduce((sum, { rows, tokens }) => sum + 4 * (2 * tokens + 2 * rows + 1), at);
  if (bytes !== file.length) return null;
  const next = (length: number): ArrayBuffer => file.slice(at, (at += 4 * length)).buffer;
  const read = tables.map(({ rows, tokens }) => ({
    inputIds: new Int32Array(next(tokens)),
    labels: new Int32Array(next(tokens)),
    offsets: new Uint32Array(next(rows + 1)),
    rows: new Uint32Array(next(rows)),
  }));
  if (!read.every(isTable)) return null;
  return { train: read[0] as ExampleTable, validation: read[1] ?? null, samples, samplePool };
}

const isTable = ({ inputIds, offsets }: ExampleTable): boolean =>
  offsets[0] === 0 &&
  offsets.at(-1) === inputIds.length &&
  offsets.every((offset, index) => offset >= (offsets[index - 1] ?? 0));

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
