import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { asView, sizeOf } from '../runtime/view';
import { replace, tensorOf, tidy, viewOf } from '../runtime/plainStorage';

export const add: Kernels['add'] = (a, b) =>
  tidy(() => viewOf(tf.add(tensorOf(a), tf.reshape(tensorOf(b), [...asView(a).shape]))));

export const addInto: Kernels['addInto'] = (target, x) => {
  tidy(() => {
    replace(target, tf.add(tensorOf(target), tf.reshape(tensorOf(x), [...asView(target).shape])));
  });
};

export const fill: Kernels['fill'] = (target, value) => {
  tidy(() => {
    const { shape, storage } = asView(target);
    replace(target, tf.fill([sizeOf(shape)], value, storage.dtype));
  });
};

export const copy: Kernels['copy'] = (source, target) => {
  tidy(() => {
    replace(target, tensorOf(source));
  });
};
