import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { matrixTensor, replace, tensorOf, tidy, viewOf } from '../runtime/plainStorage';
import type { Operand } from '../runtime/view';
import { emptyWeight, freeWeight, writeRows } from './createWeight';
import { unpackRows } from './quantize';
import { isWeight, type Weight } from './weight';

/** A weight, or any operand, as an f32 matrix: packed values are unpacked for this one use. Call inside tf.tidy. */
export function weightTensor(b: Operand | Weight): tf.Tensor2D {
  if (!isWeight(b)) return matrixTensor(b);
  const { format, shape, parts } = b;
  const tensors = parts.map(({ values, scales, rows }) => {
    if (format === 'f32') return matrixTensor(values);
    const packed = {
      values: tensorOf(values).dataSync<'int32'>(),
      scales: scales && tensorOf(scales).dataSync<'float32'>(),
    };
    return tf.tensor2d(unpackRows(format, packed, shape[1]), [rows, shape[1]]);
  });
  return tensors.length === 1 ? (tensors[0] as tf.Tensor2D) : tf.concat2d(tensors, 0);
}

export const plainWeights: Pick<Kernels, 'weightFormats' | 'createWeight' | 'writeWeight' | 'disposeWeight'> = {
  weightFormats: ['f32', 'f16', 'int8', 'int4'],
  createWeight: (format, shape) => emptyWeight(format, shape, (sides, dtype) => viewOf(tf.zeros([...sides], dtype))),
  writeWeight: (weight, firstRow, values) =>
    writeRows(weight, firstRow, values, (target, packed) => {
      const dtype = packed instanceof Int32Array ? 'int32' : 'float32';
      tidy(() => {
        // A copy of the values: the cpu backend would keep the caller's array.
        replace(target, tf.tensor(packed.slice(), [...target.shape], dtype));
      });
    }),
  disposeWeight: freeWeight,
};
