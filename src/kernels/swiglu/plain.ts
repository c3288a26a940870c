import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { tensorOf, tidy, viewOf } from '../runtime/plainStorage';

export const swiglu: Kernels['swiglu'] = (gate, up) =>
  tidy(() => {
    const g = tensorOf(gate);
    return viewOf(tf.mul(tf.mul(g, tf.sigmoid(g)), tensorOf(up)));
  });

export const swigluBackward: Kernels['swigluBackward'] = (dy, gate, up) =>
  tidy(() => {
    const [d, g, u] = [tensorOf(dy), tensorOf(gate), tensorOf(up)];
    const sigmoid = tf.sigmoid(g);
    const silu = tf.mul(g, sigmoid);
    // silu' = σ·(1 + g·(1 − σ))
    const slope = tf.mul(sigmoid, tf.add(1, tf.mul(g, tf.sub(1, sigmoid))));
    return { dGate: viewOf(tf.mul(tf.mul(d, u), slope)), dUp: viewOf(tf.mul(d, silu)) };
  });
