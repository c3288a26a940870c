import * as tf from '@tensorflow/tfjs-core';
import { TunesmithError } from '../../lib/errors';
import type { Kernels } from '../kernels';
import { createPlainKernels } from '../plain';
import { matrixTensor, replace, tensorOf, tidy } from '../runtime/plainStorage';
import { rowsOf, type View } from '../runtime/view';
import { isWeight, type Weight } from '../weights/weight';

/**
 * The plain kernels for tensors of tfjs's webgpu backend: those that read values back at once, which WebGPU cannot, are done in
 * another way, or refused with `kernel/no-fallback`. `unpack` gives a packed weight's rows in f32 (our own kernel).
 */
export function plainOnWebgpu(unpack: (weight: Weight, rows: View) => View): Kernels {
  const plain = createPlainKernels();
  return {
    ...plain,

    matmul(a, b, options) {
      if (!isWeight(b) || b.format === 'f32') return plain.matmul(a, b, options);
      return tidy(() => {
        const rows = plain.upload(
          Int32Array.from({ length: b.shape[0] }, (_, row) => row),
          [b.shape[0]],
        );
        return plain.matmul(a, unpack(b, rows), options);
      });
    },

    gatherRows(table, rows) {
      if (isWeight(table) && table.format !== 'f32')
        throw noFallback(`gatherRows of ${table.format}`, 'choose model.dtype "f32"');
      return plain.gatherRows(table, rows);
    },

    scatterAddRows(target, x, order, segments) {
      tidy(() => {
        const table = matrixTensor(target);
        const picked = tf.gather(matrixTensor(x), tensorOf<tf.Tensor1D>(order));
        const [row, first, end] = tf.split(matrixTensor(segments), 3, 1);
        if (!row || !first || !end) return;
        const index = tf.reshape(tf.range(0, picked.shape[0], 1, 'int32'), [1, -1]);
        const inside = tf.logicalAnd(tf.greaterEqual(index, first), tf.less(index, end));
        const sums = tf.matMul(tf.cast(inside, 'float32'), picked);
        replace(target, tf.add(table, tf.scatterND(row, sums, table.shape)));
      });
    },

    sample(logits, { token, drawn }, index, { temperature, repetitionPenalty }) {
      if (temperature > 0 || repetitionPenalty !== 1)
        throw noFallback('sample', 'set generation.temperature to 0 and generation.repetition_penalty to 1');
      tidy(() => {
        const best = tf.reshape(tf.argMax(tf.reshape(tensorOf(logits), [-1])), [1]);
        replace(token, best);
        replace(rowsOf(drawn, index, 1), best);
      });
    },

    adamw8bit() {
      throw noFallback('adamw8bit', 'choose training.optim "adamw"');
    },
  };
}

/** `kernel/no-fallback`. */
const noFallback = (op: string, advice: string): TunesmithError =>
  new TunesmithError(
    'kernel/no-fallback',
    `WebGPU: the kernel ${op} does not work on this device, and has no plain version; ${advice}, or choose the wasm backend`,
    { data: { op } },
  );
