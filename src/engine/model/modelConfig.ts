/**
 * What the engine needs to know of a decoder model, whatever family it is of.
 * Letters: D width, F feed-forward width, H heads, G key-value heads, K head size, V vocabulary.
 */
export interface ModelConfig {
  /** `model_type` of config.json. */
  family: string;
  /** For example `Qwen2ForCausalLM`. */
  architecture: string;
  /** V */
  vocabSize: number;
  /** D */
  hiddenSize: number;
  /** F */
  feedForwardSize: number;
  layers: number;
  /** H */
  heads: number;
  /** G */
  kvHeads: number;
  /** K; need not be D/H. */
  headSize: number;
  maxPositions: number;
  /** Layers in which a token sees only the last `tokens` tokens, itself included; null: every layer sees all. */
  slidingWindow: { tokens: number; layers: ReadonlySet<number> } | null;
  rmsNormEps: number;
  rope: RopeConfig;
  /** True: the head is the embedding table. */
  tiedEmbeddings: boolean;
  /** Linear modules that have a bias. */
  biases: ReadonlySet<LinearName>;
  /** RMSNorm over each head of q and k before the rotation (Qwen3). */
  qkNorm: boolean;
  eosTokenIds: number[];
}

export interface RopeConfig {
  theta: number;
  /** Llama 3.1's frequency scaling; null: none. */
  llama3: { factor: number; lowFreqFactor: number; highFreqFactor: number; originalMaxPositions: number } | null;
}

/** The seven linear modules of a block by PEFT's names, in the order they are computed. */
export const linearNames = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type LinearName = (typeof linearNames)[number];

/** Path of a linear module inside the model, as Hugging Face and PEFT name it. */
export const linearPath = (layer: number, name: LinearName): string =>
  `model.layers.${layer}.${name === 'q_proj' || name === 'k_proj' || name === 'v_proj' || name === 'o_proj' ? 'self_attn' : 'mlp'}.${name}`;

/** [out, in] of a linear module. */
export function linearShape(config: ModelConfig, name: LinearName): [outFeatures: number, inFeatures: number] {
  const { hiddenSize, feedForwardSize, heads, kvHeads, headSize } = config;
  switch (name) {
    case 'q_proj':
      return [heads * headSize, hiddenSize];
    case 'k_proj':
    case 'v_proj':
      return [kvHeads * headSize, hiddenSize];
    case 'o_proj':
      return [hiddenSize, heads * headSize];
    case 'gate_proj':
    case 'up_proj':
      return [feedForwardSize, hiddenSize];
    case 'down_proj':
      return [hiddenSize, feedForwardSize];
  }
}
