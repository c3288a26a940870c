import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { dropoutHash } from '../runtime/dropoutHash';
import { tensorOf, tidy, viewOf } from '../runtime/plainStorage';

export const dropout: Kernels['dropout'] = (x, rate, seed) =>
  tidy(() => {
    const values = tensorOf(x);
    const threshold = rate * 4294967296;
    const keep = 1 / (1 - rate);
    const mask = Float32Array.from({ length: values.size }, (_, index) =>
      dropoutHash(seed, index) >= threshold ? keep : 0,
    );
    return viewOf(tf.mul(values, tf.tensor(mask, values.shape)));
  });
