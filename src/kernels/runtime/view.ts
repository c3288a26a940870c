import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Dense row-major elements on the device: `shape` of them, from element `offset` of `storage`. A tensor of its own, or a
 * part of a larger one (a LoRA factor inside the flat adapter buffer, rows of the key-value cache).
 */
export interface View {
  readonly storage: Tensor;
  /** In elements. Parts of a shared buffer begin at multiples of 64 elements (WebGPU binds at 256 bytes). */
  readonly offset: number;
  readonly shape: readonly number[];
}

export type Operand = Tensor | View;

export function asView(operand: Operand): View {
  return 'storage' in operand ? operand : { storage: operand, offset: 0, shape: operand.shape };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** The same elements under another shape of the same size. */
export function reshape(operand: Operand, shape: readonly number[]): View {
  const view = asView(operand);
  if (sizeOf(view.shape) !== sizeOf(shape))
    throw new RangeError(`reshape: [${view.shape.join()}] to [${shape.join()}]`);
  return { ...view, shape };
}

/** Rows `from … from+count-1` of a matrix, without a copy. */
export function rowsOf(operand: Operand, from: number, count: number): View {
  const { storage, offset, shape } = asView(operand);
  const width = sizeOf(shape.slice(1));
  return { storage, offset: offset + from * width, shape: [count, ...shape.slice(1)] };
}

/** Rows and columns of a view read as a matrix: all leading sides folded into the first. */
export function matrixOf(operand: Operand): { rows: number; columns: number } {
  const { shape } = asView(operand);
  const columns = shape.at(-1) ?? 1;
  return { rows: sizeOf(shape) / Math.max(columns, 1), columns };
}
