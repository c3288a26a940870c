import type { Family } from './family';

/** Qwen3 (transformers models/qwen3): heads of 128 whatever D/H is, RMSNorm on each head of q and k, biases only if asked. */
export const qwen3: Family = {
  modelType: 'qwen3',
  architecture: 'Qwen3ForCausalLM',
  qkNorm: true,
  slidingWindows: true,
  defaultHeadSize: 128,
  defaults: { rmsNormEps: 1e-6, ropeTheta: 10000, tiedEmbeddings: false },
  biases: (config) => (config.flag('attention_bias', false) ? ['q_proj', 'k_proj', 'v_proj', 'o_proj'] : []),
};
