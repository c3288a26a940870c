import type { Kernels } from '../../src/kernels/kernels';
import type { Contender, MatmulWork } from '../contender';
import { operands, storedShapes } from './cases';

/** {@link Kernels.matmul}, several times in a row, then its last result's sum. With a `format` b is a packed weight. */
export function ourMatmul(kernels: Kernels, { shape, repeats, format }: MatmulWork): Contender {
  const values = operands(shape);
  const stored = storedShapes(shape);
  const a = kernels.upload(values.a, stored.a);
  const packed = format === undefined ? null : kernels.createWeight(format, stored.b);
  if (packed) kernels.writeWeight(packed, 0, values.b);
  const plain = packed ? null : kernels.upload(values.b, stored.b);
  const b = packed ?? plain;
  if (!b) throw new Error('matmul: no second operand');
  const options = { transposeA: shape.form === 'TN', transposeB: shape.form === 'NT' };
  return {
    once: async () => {
      const products = Array.from({ length: repeats }, () => kernels.matmul(a, b, options));
      const last = products.at(-1);
      const numbers = last ? await kernels.read(last) : new Float32Array();
      for (const { storage } of products) storage.dispose();
      return numbers.reduce((sum, number) => sum + Math.abs(number), 0);
    },
    dispose: () => {
      a.storage.dispose();
      plain?.storage.dispose();
      if (packed) kernels.disposeWeight(packed);
    },
  };
}
