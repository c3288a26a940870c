import * as tf from '@tensorflow/tfjs';
import type { Contender } from '../contender';
import { operands, storedShapes, type MatmulCase } from './cases';

/** Stock `tf.matMul`, several times in a row, then its last result's sum. */
export function stockMatmul(shape: MatmulCase, repeats: number): Contender {
  const values = operands(shape);
  const stored = storedShapes(shape);
  const a = tf.tensor2d(values.a, stored.a);
  const b = tf.tensor2d(values.b, stored.b);
  return {
    once: async () => {
      const products = Array.from({ length: repeats }, () => tf.matMul(a, b, shape.form === 'TN', shape.form === 'NT'));
      const numbers = await products.at(-1)?.data();
      for (const product of products) product.dispose();
      return size(numbers ?? []);
    },
    dispose: () => {
      a.dispose();
      b.dispose();
    },
  };
}

/** Σ |x|: one number that tells wrong products apart. */
const size = (numbers: Iterable<number>): number => {
  let sum = 0;
  for (const number of numbers) sum += Math.abs(number);
  return sum;
};
