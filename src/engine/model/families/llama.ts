import type { Family } from './family';

/** Llama 2 and 3, SmolLM2 (transformers models/llama): biases only if asked. */
export const llama: Family = {
  modelType: 'llama',
  architecture: 'LlamaForCausalLM',
  qkNorm: false,
  slidingWindows: false,
  defaultHeadSize: null,
  defaults: { rmsNormEps: 1e-6, ropeTheta: 10000, tiedEmbeddings: false },
  biases: (config) => [
    ...(config.flag('attention_bias', false) ? (['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const) : []),
    ...(config.flag('mlp_bias', false) ? (['gate_proj', 'up_proj', 'down_proj'] as const) : []),
  ],
};
