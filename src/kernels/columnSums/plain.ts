import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { matrixTensor, replace, tensorOf, tidy } from '../runtime/plainStorage';

export const addColumnSums: Kernels['addColumnSums'] = (target, x) => {
  tidy(() => {
    replace(target, tf.add(tensorOf(target), tf.sum(matrixTensor(x), 0)));
  });
};

export const addNormWeightGradient: Kernels['addNormWeightGradient'] = (target, dy, h, rstd) => {
  tidy(() => {
    const normed = tf.mul(matrixTensor(h), tf.reshape(tensorOf(rstd), [-1, 1]));
    replace(target, tf.add(tensorOf(target), tf.sum(tf.mul(matrixTensor(dy), normed), 0)));
  });
};
