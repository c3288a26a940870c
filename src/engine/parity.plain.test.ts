import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createPlainKernels } from '../kernels/plain';
import { engineParity } from './testing/parity';

engineParity(async () => {
  await tf.setBackend('cpu');
  return createPlainKernels();
});
