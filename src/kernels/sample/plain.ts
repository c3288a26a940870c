import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { replace, tensorOf, tidy } from '../runtime/plainStorage';
import { rowsOf, type Operand } from '../runtime/view';
import { markSeen, sampleRow, sampleTerms } from './rule';

/** In JavaScript, from the values: stock tfjs has no ops for it. */
export const sample: Kernels['sample'] = (logits, { seen, token, drawn }, index, options) => {
  tidy(() => {
    const row = Float32Array.from(tensorOf(logits).dataSync<'float32'>());
    const marks = Int32Array.from(tensorOf(seen).dataSync<'int32'>());
    const id = sampleRow(row, marks, sampleTerms(options, row.length, index));
    if (options.repetitionPenalty !== 1) {
      markSeen(marks, id);
      set(seen, marks);
    }
    set(token, Int32Array.of(id));
    set(rowsOf(drawn, index, 1), Int32Array.of(id));
  });
};

const set = (target: Operand, values: Int32Array): void => replace(target, tf.tensor1d(values, 'int32'));
