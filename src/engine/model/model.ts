import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import type { ModelFacts } from '../../protocol/model';
import type { LinearName, ModelConfig } from './modelConfig';

/** A frozen linear layer: y = x·Wᵀ + b. weight [out, in], bias [out]. */
export interface Linear {
  /** Path as PEFT names it, for example `model.layers.0.self_attn.q_proj`. */
  path: string;
  weight: View;
  bias: View | null;
}

/** Weights of one decoder block. */
export interface BlockWeights {
  inputNorm: View;
  postAttentionNorm: View;
  /** Whether its tokens see only the last ones ({@link ModelConfig.slidingWindow}). */
  slides: boolean;
  /** [K], only in families with Q/K norm. */
  qNorm: View | null;
  kNorm: View | null;
  linears: Record<LinearName, Linear>;
}

/** A model on the device. Weights are f32 and never change. */
export interface Model {
  kernels: Kernels;
  config: ModelConfig;
  facts: ModelFacts;
  /** [V, D] */
  embedding: View;
  blocks: BlockWeights[];
  /** [D] */
  finalNorm: View;
  /** [V, D]; the embedding itself when tied. */
  head: View;
  /** Rotation tables for at least `positions` positions: cos and sin [*, K/2]. Throws `model/too-long` past the model's limit. */
  rope: (positions: number) => { cos: View; sin: View };
  /** Frees every tensor of the model. */
  dispose(): void;
}
