import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createPlainKernels } from '../kernels/plain';
import { engineParity } from './testing/parity';
import { regularizers } from './testing/regularizers';

const open = async () => {
  await tf.setBackend('cpu');
  return createPlainKernels();
};
engineParity(open);
regularizers(open);
