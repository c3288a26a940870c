import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import type { Operand } from '../runtime/view';
import { matrixTensor, replace, tensorOf, tidy, viewOf } from '../runtime/plainStorage';

// M rows, C columns of this block. State columns: max, Σ e^(z−max), target's logit, column of the max.

/** [M, C]: 1 at the target's column where this block has it. */
function targetColumns(targets: Operand, firstColumn: number, columns: number): tf.Tensor {
  const local = tf.sub(tensorOf(targets), tf.scalar(firstColumn, 'int32'));
  const index = tf.reshape(tf.range(0, columns, 1, 'int32'), [1, columns]);
  return tf.cast(tf.equal(tf.reshape(local, [-1, 1]), index), 'float32');
}

const column = (state: tf.Tensor2D, index: number): tf.Tensor2D => tf.slice(state, [0, index], [-1, 1]);

export const crossEntropyStart: Kernels['crossEntropyStart'] = (rows) =>
  tidy(() => viewOf(tf.tile(tf.tensor2d([[-3.4e38, 0, 0, -1]]), [rows, 1])));

export const crossEntropy: Kernels['crossEntropy'] = (logits, targets, firstColumn, state) => {
  tidy(() => {
    const z = matrixTensor(logits);
    const before = matrixTensor(state);
    const oldMax = column(before, 0);
    const blockMax = tf.max(z, 1, true);
    const newMax = tf.maximum(oldMax, blockMax);
    const carried = tf.mul(column(before, 1), tf.exp(tf.sub(oldMax, newMax)));
    const sum = tf.add(carried, tf.sum(tf.exp(tf.sub(z, newMax)), 1, true));
    const picked = tf.sum(tf.mul(z, targetColumns(targets, firstColumn, z.shape[1])), 1, true);
    const best = tf.add(tf.cast(tf.expandDims(tf.argMax(z, 1), 1), 'float32'), firstColumn);
    const bestColumn = tf.where(tf.greater(blockMax, oldMax), best, column(before, 3));
    replace(state, tf.concat([newMax, sum, tf.add(column(before, 2), picked), bestColumn], 1));
  });
};

export const crossEntropyBackward: Kernels['crossEntropyBackward'] = (
  logits,
  targets,
  firstColumn,
  state,
  scale,
  { targetLess, everyColumn } = { targetLess: 0, everyColumn: 0 },
) => {
  tidy(() => {
    const z = matrixTensor(logits);
    const seen = matrixTensor(state);
    const softmax = tf.div(tf.exp(tf.sub(z, column(seen, 0))), column(seen, 1));
    const onehot = targetColumns(targets, firstColumn, z.shape[1]);
    const wanted = tf.add(tf.mul(onehot, 1 - targetLess), everyColumn);
    replace(logits, tf.mul(tf.sub(softmax, wanted), scale));
  });
};
