import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createPlainKernels } from '../kernels/plain';
import { fullParity } from './testing/fullParity';

// Stock ops on one thread are slow.
const open = async () => {
  await tf.setBackend('cpu');
  return createPlainKernels();
};
fullParity(open, { control: false });
