import type { AttentionShape, Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import type { LoraAdapter } from '../adapters/lora';
import type { ModelConfig } from '../model/modelConfig';

/** Which keys each query sees, and which queries each key. */
export interface Ranges {
  /** int32 [N, 2] */
  keyRange: View;
  /** int32 [S, 2]; needed by the backward pass only. */
  queryRange: View | null;
}

/** What every block of a pass shares: device, rotation tables, which tokens see which, and the adapter, if any. */
export interface PassContext extends Ranges {
  kernels: Kernels;
  config: ModelConfig;
  attention: AttentionShape;
  cos: View;
  sin: View;
  /** int32 [N] */
  positions: View;
  /** The narrower ranges of layers that slide; null where the model has none. */
  sliding: Ranges | null;
  adapter: LoraAdapter | null;
  /** Seed of this micro-batch's dropout; null: no dropout (evaluation, chat). */
  dropoutSeed: number | null;
}

/** Scores are scaled by 1/√K. */
export const attentionShape = ({ heads, kvHeads, headSize }: ModelConfig): AttentionShape => ({
  heads,
  kvHeads,
  headSize,
  scale: 1 / Math.sqrt(headSize),
});
