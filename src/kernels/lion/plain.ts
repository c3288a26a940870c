import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { replace, tensorOf, tidy } from '../runtime/plainStorage';

export const lion: Kernels['lion'] = (p, g, m, sumSq, { learningRate, beta1, beta2, weightDecay, maxNorm }) => {
  tidy(() => {
    const flat = (operand: Parameters<typeof tensorOf>[0]): tf.Tensor1D => tf.reshape(tensorOf(operand), [-1]);
    let gradient: tf.Tensor = flat(g);
    if (maxNorm > 0) {
      const norm = tf.add(tf.sqrt(flat(sumSq)), 1e-6);
      gradient = tf.mul(gradient, tf.minimum(1, tf.div(maxNorm, norm)));
    }
    const blend = (beta: number): tf.Tensor => tf.add(tf.mul(flat(m), beta), tf.mul(gradient, 1 - beta));
    const change = tf.mul(tf.sign(blend(beta1)), learningRate);
    const momentum = blend(beta2);
    replace(p, tf.sub(tf.mul(flat(p), 1 - learningRate * weightDecay), change));
    replace(m, momentum);
  });
};
