import * as tf from '@tensorflow/tfjs-core';
import { adamw } from './adamw/plain';
import { adamw8bit } from './adamw8bit/plain';
import { attention, attentionBackward } from './attention/plain';
import { addColumnSums, addNormWeightGradient } from './columnSums/plain';
import { crossEntropy, crossEntropyBackward, crossEntropyStart } from './crossEntropy/plain';
import { columnDots, doraNorms, rowSquares, scaleColumns } from './dora/plain';
import { dropout } from './dropout/plain';
import { add, addInto, copy, fill } from './elementwise/plain';
import type { Kernels } from './kernels';
import { lion } from './lion/plain';
import { forceRightMatmul, matmul } from './matmul/plain';
import { rmsNorm, rmsNormBackward } from './rmsNorm/plain';
import { rope } from './rope/plain';
import { gatherRows, scatterRows } from './rows/plain';
import { tensorOf, tidy, viewOf } from './runtime/plainStorage';
import { sample } from './sample/plain';
import { scatterAddRows } from './scatterAdd/plain';
import { sgd } from './sgd/plain';
import { sumSquares } from './sumSquares/plain';
import { swiglu, swigluBackward } from './swiglu/plain';
import { plainWeights } from './weights/plain';

/**
 * Every operation from stock tfjs ops, on whatever backend is active: the oracle that the other implementations are compared
 * with, and the baseline of the benchmark. Slow, and not for training real models.
 */
export function createPlainKernels(): Kernels {
  forceRightMatmul();
  return {
    name: 'plain',
    ...plainWeights,
    matmul,
    gatherRows,
    scatterRows,
    rmsNorm,
    rmsNormBackward,
    rope,
    attention,
    attentionBackward,
    swiglu,
    swigluBackward,
    add,
    addInto,
    dropout,
    crossEntropy,
    crossEntropyStart,
    crossEntropyBackward,
    addColumnSums,
    addNormWeightGradient,
    scatterAddRows,
    sumSquares,
    adamw,
    sgd,
    lion,
    adamw8bit,
    rowSquares,
    doraNorms,
    scaleColumns,
    columnDots,
    sample,
    fill,
    copy,
    // A copy of the values: the cpu backend would keep the caller's array and write into it.
    upload: (values, shape) =>
      viewOf(tf.tensor(values.slice(), [...shape], values instanceof Int32Array ? 'int32' : 'float32')),
    zeros: (shape) => viewOf(tf.zeros([...shape])),
    async read(x) {
      const part = tidy(() => tf.clone(tensorOf(x)));
      const values = await part.data();
      const copied = Float32Array.from(values);
      part.dispose();
      return copied;
    },
    async readInts(x) {
      const part = tidy(() => tf.clone(tensorOf(x)));
      const copied = Int32Array.from(await part.data<'int32'>());
      part.dispose();
      return copied;
    },
    async finish() {
      const mark = tf.zeros([1]);
      await mark.data();
      mark.dispose();
    },
  };
}
