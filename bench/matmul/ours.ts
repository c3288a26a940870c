import type { Kernels } from '../../src/kernels/kernels';
import type { Contender } from '../contender';
import { operands, storedShapes, type MatmulCase } from './cases';

/** {@link Kernels.matmul}, several times in a row, then its last result's sum. */
export function ourMatmul(kernels: Kernels, shape: MatmulCase, repeats: number): Contender {
  const values = operands(shape);
  const stored = storedShapes(shape);
  const a = kernels.upload(values.a, stored.a);
  const b = kernels.upload(values.b, stored.b);
  const options = { transposeA: shape.form === 'TN', transposeB: shape.form === 'NT' };
  return {
    once: async () => {
      const products = Array.from({ length: repeats }, () => kernels.matmul(a, b, options));
      const last = products.at(-1);
      const numbers = last ? await kernels.read(last) : new Float32Array();
      for (const { storage } of products) storage.dispose();
      return numbers.reduce((sum, number) => sum + Math.abs(number), 0);
    },
  };
}
