import * as tf from '@tensorflow/tfjs-core';
import { rowsOf, type View } from '../runtime/view';
import { partRows, rowScales, rowWords, weightBytes } from './layout';
import { packRows } from './quantize';
import type { Weight, WeightFormat, WeightPart } from './weight';

/** A weight whose values are not set yet, in parts of at most `partBytes`, of tensors that `empty` makes; they outlive tidy scopes. */
export function emptyWeight(
  format: WeightFormat,
  shape: readonly [rows: number, columns: number],
  empty: (shape: readonly number[], dtype: 'float32' | 'int32') => View,
  partBytes = Number.POSITIVE_INFINITY,
): Weight {
  const kept = (shape: readonly number[], dtype: 'float32' | 'int32'): View => {
    const view = empty(shape, dtype);
    tf.keep(view.storage);
    return view;
  };
  const columns = shape[1];
  const groups = rowScales(format, columns);
  let firstRow = 0;
  const parts = partRows(format, shape, partBytes).map((rows): WeightPart => {
    const part = {
      firstRow,
      rows,
      values: kept([rows, rowWords(format, columns)], format === 'f32' ? 'float32' : 'int32'),
      scales: groups > 0 ? kept([rows, groups], 'float32') : null,
    };
    firstRow += rows;
    return part;
  });
  return { format, shape, parts, bytes: weightBytes(format, shape) };
}

/**
 * Puts whole rows, from `firstRow` on, into a weight in its format, by `write`, which copies numbers over a view's. Throws
 * RangeError where they are no whole rows of the weight.
 */
export function writeRows(
  weight: Weight,
  firstRow: number,
  values: Float32Array,
  write: (target: View, values: Float32Array | Int32Array) => void,
): void {
  const [rows, columns] = weight.shape;
  const count = values.length / Math.max(columns, 1);
  if (!Number.isInteger(count) || firstRow < 0 || firstRow + count > rows)
    throw new RangeError(`writeWeight: ${values.length} values from row ${firstRow} of [${rows}, ${columns}]`);
  for (const part of weight.parts) {
    const first = Math.max(firstRow, part.firstRow);
    const end = Math.min(firstRow + count, part.firstRow + part.rows);
    if (first >= end) continue;
    const packed = packRows(
      weight.format,
      values.subarray((first - firstRow) * columns, (end - firstRow) * columns),
      columns,
    );
    write(rowsOf(part.values, first - part.firstRow, end - first), packed.values);
    if (part.scales && packed.scales) write(rowsOf(part.scales, first - part.firstRow, end - first), packed.scales);
  }
}

/** Frees a weight's tensors. */
export function freeWeight(weight: Weight): void {
  for (const { values, scales } of weight.parts) {
    values.storage.dispose();
    scales?.storage.dispose();
  }
}
