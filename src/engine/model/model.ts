import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import type { Weight } from '../../kernels/weights/weight';
import type { ModelFacts } from '../../protocol/model';
import type { LinearName, ModelConfig } from './modelConfig';

/** A frozen linear layer: y = x·Wᵀ + b. weight [out, in], bias [out]. */
export interface Linear {
  /** Path as PEFT names it, for example `model.layers.0.self_attn.q_proj`. */
  path: string;
  weight: Weight;
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

/** A model on the device. Weights never change; norms and biases are f32. */
export interface Model {
  kernels: Kernels;
  config: ModelConfig;
  facts: ModelFacts;
  /** [V, D] */
  embedding: Weight;
  blocks: BlockWeights[];
  /** [D] */
  finalNorm: View;
  /** [V, D]; the embedding itself when tied. */
  head: Weight;
  /** Rotation tables for at least `positions` positions: cos and sin [*, K/2]. Throws `model/too-long` past the model's limit. */
  rope: (positions: number) => { cos: View; sin: View };
  /** Frees every tensor of the model. */
  dispose(): void;
}
