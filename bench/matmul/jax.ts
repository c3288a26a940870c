import { blockUntilReady, numpy as np } from '@jax-js/jax';
import type { Contender } from '../contender';
import { operands, storedShapes, type MatmulCase } from './cases';

/** jax-js's `matmul`, several times in a row, then its last result's sum. Transposed operands are views, as its authors mean it. */
export function jaxMatmul(shape: MatmulCase, repeats: number): Contender {
  const values = operands(shape);
  const stored = storedShapes(shape);
  const a = np.array(values.a).reshape(stored.a);
  const b = np.array(values.b).reshape(stored.b);
  return {
    once: async () => {
      // Products are lazy: each must be asked for, or only the last one is computed.
      const products = Array.from({ length: repeats }, () =>
        np.matmul(shape.form === 'TN' ? np.transpose(a.ref) : a.ref, shape.form === 'NT' ? np.transpose(b.ref) : b.ref),
      );
      await blockUntilReady(products.map((product) => product.ref));
      const numbers = (await products.at(-1)?.ref.data()) as Float32Array | undefined;
      for (const product of products) product.dispose();
      let sum = 0;
      for (const number of numbers ?? []) sum += Math.abs(number);
      return sum;
    },
    dispose: () => {
      a.dispose();
      b.dispose();
    },
  };
}
