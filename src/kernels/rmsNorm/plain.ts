import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { asView } from '../runtime/view';
import { matrixTensor, tensorOf, tidy, viewOf } from '../runtime/plainStorage';

export const rmsNorm: Kernels['rmsNorm'] = (x, weight, eps, residual) =>
  tidy(() => {
    const h = residual ? tf.add(matrixTensor(x), matrixTensor(residual)) : matrixTensor(x);
    const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(h), 1, true), eps));
    const y = tf.mul(tf.mul(h, rstd), tensorOf(weight));
    return {
      y: viewOf(y),
      h: residual ? viewOf(h) : asView(x),
      rstd: { ...viewOf(rstd), shape: [h.shape[0] ?? 0] },
    };
  });

export const rmsNormBackward: Kernels['rmsNormBackward'] = (dy, h, weight, rstd, dResidual) =>
  tidy(() => {
    const scale = tf.reshape(tensorOf(rstd), [-1, 1]);
    const normed = tf.mul(matrixTensor(h), scale);
    const weighted = tf.mul(matrixTensor(dy), tensorOf(weight));
    const along = tf.mean(tf.mul(weighted, normed), 1, true);
    const dh = tf.mul(scale, tf.sub(weighted, tf.mul(normed, along)));
    return viewOf(dResidual ? tf.add(dh, matrixTensor(dResidual)) : dh);
  });
