import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import { TunesmithError } from '../../lib/errors';
import type { ModelConfig } from './modelConfig';
import { uploadKept } from './modelTensors';
import { ropeTables } from './rope';

/** Tables for 512 positions at first, doubled when a longer sequence comes: a 128k-position model would need 64 MB at once. */
export function growingRope(kernels: Kernels, config: ModelConfig) {
  let tables: { cos: View; sin: View } | null = null;
  let length = 0;
  const dispose = (): void => {
    tables?.cos.storage.dispose();
    tables?.sin.storage.dispose();
    tables = null;
  };
  return {
    dispose,
    /** Cosines and sines [at least `positions`, K/2]. Throws `model/too-long`. */
    tables: (positions: number): { cos: View; sin: View } => {
      if (positions > config.maxPositions)
        throw new TunesmithError(
          'model/too-long',
          `sequence: this model reads at most ${config.maxPositions} tokens, got ${positions}; shorten the text or lower max_length`,
        );
      if (tables && positions <= length) return tables;
      dispose();
      length = Math.min(config.maxPositions, 2 ** Math.ceil(Math.log2(Math.max(positions, 512))));
      const shape = [length, config.headSize / 2];
      const { cos, sin } = ropeTables(config.rope, config.headSize, length);
      tables = { cos: uploadKept(kernels, cos, shape), sin: uploadKept(kernels, sin, shape) };
      return tables;
    },
  };
}
