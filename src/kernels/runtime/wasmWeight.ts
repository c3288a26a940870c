import { TunesmithError } from '../../lib/errors';
import { groupColumns, rowScales, rowWords } from '../weights/layout';
import { isWeight, type Weight, type WeightFormat } from '../weights/weight';
import { matrixOf, type Operand } from './view';
import type { WasmBackend } from './wasmBackend';

/** Numbers of the formats in simd/unpack.as.ts. */
const formats: Readonly<Record<WeightFormat, number>> = { f32: 0, f16: 1, int8: 2, int4: 3 };
export const wasmWeightFormats: readonly WeightFormat[] = ['f32', 'f16', 'int8', 'int4'];

/** A matrix in memory, in whatever format, as kernels read it. */
export interface PackedMatrix {
  rows: number;
  columns: number;
  pointer: number;
  /** From one row to the next. */
  rowBytes: number;
  /** 0: none. */
  scales: number;
  /** Scales of a row. */
  groups: number;
  format: number;
}

/** Where a matrix lies: an operand, or a weight (which is one part here: nothing limits it but the memory). */
export function packedMatrix(backend: WasmBackend, b: Operand | Weight, where: string): PackedMatrix {
  if (!isWeight(b)) {
    const { rows, columns } = matrixOf(b);
    const { pointer } = backend.place(b, where);
    return { rows, columns, pointer, rowBytes: columns * 4, scales: 0, groups: 0, format: 0 };
  }
  const [part, second] = b.parts;
  if (!part || second)
    throw new TunesmithError('internal/assertion', `${where}: a weight has one part here, got ${b.parts.length}`);
  const [rows, columns] = b.shape;
  const { format } = b;
  return {
    rows,
    columns,
    pointer: backend.place(part.values, where, format === 'f32' ? 'float32' : 'int32').pointer,
    rowBytes: rowWords(format, columns) * 4,
    scales: part.scales ? backend.place(part.scales, where).pointer : 0,
    groups: groupColumns[format] === 0 ? 0 : rowScales(format, columns),
    format: formats[format],
  };
}
