import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createPlainKernels } from '../kernels/plain';
import { modelVariants } from './testing/modelVariants';

modelVariants(
  async () => {
    await tf.setBackend('cpu');
    return createPlainKernels();
  },
  { steps: false },
);
