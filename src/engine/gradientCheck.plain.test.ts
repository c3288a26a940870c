import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createPlainKernels } from '../kernels/plain';
import { gradientCheckSpec } from './testing/gradientCheckSpec';

gradientCheckSpec(
  async () => {
    await tf.setBackend('cpu');
    return createPlainKernels();
  },
  { slow: true },
);
