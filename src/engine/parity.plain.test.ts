import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels/kernels';
import { createPlainKernels } from '../kernels/plain';
import { methodsParity } from './testing/methodsParity';
import { optimizerParity } from './testing/optimizerParity';
import { engineParity } from './testing/parity';
import { regularizers } from './testing/regularizers';

const open = async (): Promise<Kernels> => {
  await tf.setBackend('cpu');
  return createPlainKernels();
};
engineParity(open);
regularizers(open);
optimizerParity(open);
methodsParity(open, 'no runs');
