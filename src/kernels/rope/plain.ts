import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { matrixTensor, replace, tensorOf, tidy } from '../runtime/plainStorage';

export const rope: Kernels['rope'] = (x, cos, sin, positions, headSize, inverse = false) => {
  tidy(() => {
    const half = headSize / 2;
    const heads = tf.reshape<tf.Rank.R3>(matrixTensor(x), [-1, matrixTensor(x).shape[1] / headSize, headSize]);
    const rows = tensorOf<tf.Tensor1D>(positions);
    const c = tf.expandDims(tf.gather(matrixTensor(cos), rows), 1);
    const plainSin = tf.expandDims(tf.gather(matrixTensor(sin), rows), 1);
    const s = inverse ? tf.neg(plainSin) : plainSin;
    const first = tf.slice(heads, [0, 0, 0], [-1, -1, half]);
    const second = tf.slice(heads, [0, 0, half], [-1, -1, half]);
    const turned = [tf.sub(tf.mul(first, c), tf.mul(second, s)), tf.add(tf.mul(second, c), tf.mul(first, s))];
    replace(x, tf.concat(turned, 2));
  });
};
