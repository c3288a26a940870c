import { rowsOf, type Operand, type View } from '../runtime/view';

/** How a frozen matrix is held: 32 bits a value, 16, 8 with a scale per 64 columns, 4 with a scale per 32. See quantize.ts. */
export type WeightFormat = 'f32' | 'f16' | 'int8' | 'int4';

/** A constant matrix [rows, columns] on the device, in blocks of rows small enough for one binding each. */
export interface Weight {
  readonly format: WeightFormat;
  readonly shape: readonly [rows: number, columns: number];
  /** In order of rows, without gaps. Every part but the last has a multiple of 64 rows: of 8,192 where so many fit. */
  readonly parts: readonly WeightPart[];
  /** On the device, scales included. */
  readonly bytes: number;
}

export interface WeightPart {
  /** Of the weight's rows. */
  readonly firstRow: number;
  readonly rows: number;
  /** f32 [rows, columns]; of the packed formats int32 words [rows, words of a row]: a row begins with a new word. */
  readonly values: View;
  /** f32 [rows, groups of a row]; null for f32 and f16. */
  readonly scales: View | null;
}

export const isWeight = (x: Operand | Weight): x is Weight => 'parts' in x;

/**
 * Rows `from … from+count-1` without a copy: a weight of its own that must not be disposed. `from` at a multiple of 64 rows
 * can be bound as it is on WebGPU.
 */
export function weightRows(weight: Weight, from: number, count: number): Weight {
  const [rows, columns] = weight.shape;
  if (from < 0 || count < 0 || from + count > rows)
    throw new RangeError(`weightRows: ${from} … ${from + count} of ${rows} rows`);
  const parts: WeightPart[] = [];
  for (const part of weight.parts) {
    const first = Math.max(from, part.firstRow);
    const end = Math.min(from + count, part.firstRow + part.rows);
    if (first >= end) continue;
    const cut = (view: View): View => rowsOf(view, first - part.firstRow, end - first);
    const scales = part.scales && cut(part.scales);
    parts.push({ firstRow: first - from, rows: end - first, values: cut(part.values), scales });
  }
  return { format: weight.format, shape: [count, columns], parts, bytes: (weight.bytes / rows) * count };
}
