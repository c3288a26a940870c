import type { Kernels } from '../kernels';
import { matrixOf, asView, type Operand, type View } from '../runtime/view';
import type { WebgpuContext } from '../runtime/webgpuTuning';
import { emptyWeight, writeRows } from './createWeight';
import { groupColumns, rowScales, rowWords } from './layout';
import { isWeight, type Weight, type WeightFormat } from './weight';

/** Storage of weights on WebGPU: a part is at most one binding; freeing gives memory back to the system. */
export function createWeights({
  runner,
  tuning,
}: WebgpuContext): Pick<Kernels, 'weightFormats' | 'createWeight' | 'writeWeight' | 'disposeWeight'> {
  return {
    weightFormats: ['f32', 'f16', 'int8', 'int4'],
    createWeight: (format, shape) =>
      emptyWeight(format, shape, (sides, dtype) => runner.empty(sides, dtype), tuning.partBytes),
    writeWeight: (weight, firstRow, values) =>
      writeRows(weight, firstRow, values, (target, packed) => runner.write(target, packed)),
    disposeWeight({ parts }) {
      for (const { values, scales } of parts) {
        runner.destroy(values);
        if (scales) runner.destroy(scales);
      }
    },
  };
}

/** One binding of a matrix that a shader reads: a part of a weight, or an f32 operand. */
export interface MatrixPart {
  format: WeightFormat;
  firstRow: number;
  rows: number;
  columns: number;
  values: View;
  scales: View | null;
  /** Words of a row. */
  words: number;
  /** Scales of a row. */
  groups: number;
}

/** A matrix in the parts that are bound one after another; an operand is one, whatever its size. */
export function matrixParts(b: Operand | Weight): { rows: number; columns: number; parts: MatrixPart[] } {
  if (!isWeight(b)) {
    const { rows, columns } = matrixOf(b);
    const whole = { format: 'f32' as const, firstRow: 0, rows, columns, values: asView(b), scales: null };
    return { rows, columns, parts: [{ ...whole, words: columns, groups: 0 }] };
  }
  const { format, shape, parts } = b;
  const [rows, columns] = shape;
  const sides = { format, columns, words: rowWords(format, columns), groups: rowScales(format, columns) };
  return { rows, columns, parts: parts.map((part) => ({ ...sides, ...part })) };
}

/** Template values of read.wgsl for a format. */
export const readerValues = (format: WeightFormat): Record<string, number> => ({
  F32: format === 'f32' ? 1 : 0,
  F16: format === 'f16' ? 1 : 0,
  INT8: format === 'int8' ? 1 : 0,
  INT4: format === 'int4' ? 1 : 0,
  SCALES: groupColumns[format] > 0 ? 1 : 0,
  // Not zero: shaders divide by it, whether or not they read scales.
  GROUP: Math.max(1, groupColumns[format]),
});
