import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { replace, tensorOf, tidy } from '../runtime/plainStorage';

export const sgd: Kernels['sgd'] = (p, g, sumSq, { learningRate, weightDecay, maxNorm }) => {
  tidy(() => {
    const flat = (operand: Parameters<typeof tensorOf>[0]): tf.Tensor1D => tf.reshape(tensorOf(operand), [-1]);
    let gradient: tf.Tensor = flat(g);
    if (maxNorm > 0) {
      const norm = tf.add(tf.sqrt(flat(sumSq)), 1e-6);
      gradient = tf.mul(gradient, tf.minimum(1, tf.div(maxNorm, norm)));
    }
    const slope = tf.add(gradient, tf.mul(flat(p), weightDecay));
    replace(p, tf.sub(flat(p), tf.mul(slope, learningRate)));
  });
};
