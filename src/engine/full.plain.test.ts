import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels/kernels';
import { viewOf } from '../kernels/runtime/plainStorage';
import { emptyWeight } from '../kernels/weights/createWeight';
import { fullParity } from './testing/fullParity';
import { openPlainKernels } from './testing/openPlainKernels';

/** Tables of more than 64 rows in two parts, as on a device whose bindings are too small for them. */
const open = async (): Promise<Kernels> => ({
  ...(await openPlainKernels()),
  createWeight: (format, shape) =>
    emptyWeight(format, shape, (sides, dtype) => viewOf(tf.zeros([...sides], dtype)), 4 * 64 * shape[1]),
});
// Stock ops on one thread are slow.
fullParity(open, { control: false });
