import type { Family } from './family';

/** Qwen2 and Qwen2.5 (transformers models/qwen2): biases on q, k and v, always. */
export const qwen2: Family = {
  modelType: 'qwen2',
  architecture: 'Qwen2ForCausalLM',
  qkNorm: false,
  slidingWindows: true,
  defaultHeadSize: null,
  defaults: { rmsNormEps: 1e-6, ropeTheta: 10000, tiedEmbeddings: false },
  biases: () => ['q_proj', 'k_proj', 'v_proj'],
};
