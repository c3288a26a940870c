import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../../kernels/kernels';
import { createPlainKernels } from '../../kernels/plain';

/** The plain kernels on tfjs's `cpu` backend, for tests. */
export async function openPlainKernels(): Promise<Kernels> {
  await tf.setBackend('cpu');
  return createPlainKernels();
}
