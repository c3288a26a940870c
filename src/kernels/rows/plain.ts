import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { matrixTensor, tensorOf, tidy, viewOf } from '../runtime/plainStorage';
import { weightTensor } from '../weights/plain';

export const gatherRows: Kernels['gatherRows'] = (table, rows) =>
  tidy(() => viewOf(tf.gather(weightTensor(table), tensorOf<tf.Tensor1D>(rows))));

export const scatterRows: Kernels['scatterRows'] = (x, rows, count) =>
  tidy(() => {
    const values = matrixTensor(x);
    const indices = tf.reshape(tensorOf(rows), [-1, 1]);
    return viewOf(tf.scatterND(indices, values, [count, values.shape[1]]));
  });
