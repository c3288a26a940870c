import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { matrixTensor, replace, tensorOf, tidy, viewOf } from '../runtime/plainStorage';
import { weightTensor } from '../weights/plain';

/**
 * tfjs's webgpu backend picks a split-K program for few output tiles and long K that gives wrong results for batch 1,
 * K ≥ 2000, N a multiple of 4 (tfjs 4.22; relative error about 1). 3 is its MatMulPackedProgram, which is right.
 */
export function forceRightMatmul(): void {
  if (tf.getBackend() === 'webgpu') tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
}

export const matmul: Kernels['matmul'] = (a, b, options = {}) =>
  tidy(() => {
    forceRightMatmul();
    const { transposeA = false, transposeB = false, alpha = 1, bias, out, accumulate } = options;
    let c: tf.Tensor = tf.matMul(matrixTensor(a), weightTensor(b), transposeA, transposeB);
    if (alpha !== 1) c = tf.mul(c, alpha);
    if (bias) c = tf.add(c, tf.reshape(tensorOf(bias), [1, -1]));
    if (!out) return viewOf(c);
    replace(out, accumulate ? tf.add(matrixTensor(out), c) : c);
    return 'storage' in out ? out : viewOf(out);
  });
