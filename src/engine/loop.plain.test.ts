import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createPlainKernels } from '../kernels/plain';
import { loopSpec } from './testing/loopSpec';

// Stock ops on one thread are slow: the long run is long on the other devices.
loopSpec(async () => {
  await tf.setBackend('cpu');
  return createPlainKernels();
}, 40);
