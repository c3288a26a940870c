import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { createPlainKernels } from './plain';
import { kernelContract } from './testing/kernelContract';

kernelContract('plain on cpu', async () => {
  await tf.setBackend('cpu');
  return createPlainKernels();
});
