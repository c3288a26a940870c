import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { replace, tensorOf, tidy } from '../runtime/plainStorage';

export const adamw: Kernels['adamw'] = (p, g, m, v, sumSq, options) => {
  tidy(() => {
    const { learningRate, beta1, beta2, epsilon, weightDecay, maxNorm, step } = options;
    const flat = (operand: Parameters<typeof tensorOf>[0]): tf.Tensor1D => tf.reshape(tensorOf(operand), [-1]);
    let gradient: tf.Tensor = flat(g);
    if (maxNorm > 0) {
      const norm = tf.add(tf.sqrt(flat(sumSq)), 1e-6);
      gradient = tf.mul(gradient, tf.minimum(1, tf.div(maxNorm, norm)));
    }
    const first = tf.add(tf.mul(flat(m), beta1), tf.mul(gradient, 1 - beta1));
    const second = tf.add(tf.mul(flat(v), beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const root = tf.add(tf.sqrt(tf.div(second, 1 - beta2 ** step)), epsilon);
    const change = tf.mul(tf.div(first, root), learningRate / (1 - beta1 ** step));
    replace(p, tf.sub(tf.mul(flat(p), 1 - learningRate * weightDecay), change));
    replace(m, first);
    replace(v, second);
  });
};
