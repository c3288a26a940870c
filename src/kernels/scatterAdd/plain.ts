import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { matrixTensor, replace, tensorOf, tidy } from '../runtime/plainStorage';

export const scatterAddRows: Kernels['scatterAddRows'] = (target, x, order, segments) => {
  tidy(() => {
    const table = matrixTensor(target);
    const picked = tf.gather(matrixTensor(x), tensorOf<tf.Tensor1D>(order));
    const triples = tensorOf(segments).dataSync<'int32'>();
    const rows: number[] = [];
    for (let at = 0; at < triples.length; at += 3)
      for (let index = triples[at + 1] ?? 0; index < (triples[at + 2] ?? 0); index++) rows[index] = triples[at] ?? 0;
    const sums = tf.scatterND(tf.tensor2d(rows, [rows.length, 1], 'int32'), picked, table.shape);
    replace(target, tf.add(table, sums));
  });
};
