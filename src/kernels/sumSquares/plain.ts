import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { tensorOf, tidy, viewOf } from '../runtime/plainStorage';

export const sumSquares: Kernels['sumSquares'] = (x) =>
  tidy(() => viewOf(tf.reshape(tf.sum(tf.square(tensorOf(x))), [1])));
