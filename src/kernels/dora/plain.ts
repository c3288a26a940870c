import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { matrixTensor, replace, tensorOf, tidy, viewOf } from '../runtime/plainStorage';
import { asView } from '../runtime/view';

export const rowSquares: Kernels['rowSquares'] = (x) => tidy(() => viewOf(tf.sum(tf.square(matrixTensor(x)), 1)));

export const doraNorms: Kernels['doraNorms'] = ({ squares, b, wa, bg, m }, scale, norms, factors) => {
  tidy(() => {
    const both = tf.add(tf.mul(2, tf.transpose(matrixTensor(wa))), tf.mul(scale, matrixTensor(bg)));
    const change = tf.mul(scale, tf.sum(tf.mul(matrixTensor(b), both), 1));
    const norm = tf.sqrt(tf.relu(tf.add(tensorOf(squares), change)));
    replace(norms, norm);
    replace(factors, tf.where(tf.equal(tensorOf(m), norm), tf.onesLike(norm), tf.div(tensorOf(m), norm)));
  });
};

export const scaleColumns: Kernels['scaleColumns'] = (x, factor, { less = 0, bias, addTo } = {}) => {
  const scaled = (): tf.Tensor => {
    let y: tf.Tensor = tf.mul(matrixTensor(x), tf.sub(tensorOf(factor), less));
    if (bias) y = tf.add(y, tensorOf(bias));
    return tf.reshape(y, [...asView(x).shape]);
  };
  if (!addTo) return tidy(() => viewOf(scaled()));
  tidy(() => replace(addTo, tf.add(tensorOf(addTo), scaled())));
  return asView(addTo);
};

export const columnDots: Kernels['columnDots'] = (target, x, y, divisor) => {
  tidy(() => {
    const sums = tf.sum(tf.mul(matrixTensor(x), matrixTensor(y)), 0);
    replace(target, tf.add(tensorOf(target), tf.div(sums, tensorOf(divisor))));
  });
};
