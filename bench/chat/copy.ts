import type { Kernels } from '../../src/kernels/kernels';
import type { Contender, CopyWork } from '../contender';

/** Copies a buffer on the device: reads and writes `bytes` each time. What decoding is measured against. */
export function prepareCopy(kernels: Kernels, { bytes, repeats }: CopyWork): Contender {
  const count = Math.floor(bytes / 4);
  const source = kernels.zeros([count]);
  const target = kernels.zeros([count]);
  return {
    once: async () => {
      for (let repeat = 0; repeat < repeats; repeat++) kernels.copy(source, target);
      await kernels.finish();
      return bytes;
    },
    dispose: () => {
      source.storage.dispose();
      target.storage.dispose();
    },
  };
}
