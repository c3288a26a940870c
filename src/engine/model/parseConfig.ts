import { TunesmithError } from '../../lib/errors';
import { ConfigReader } from './configReader';
import type { Family } from './families/family';
import { llama } from './families/llama';
import { qwen2 } from './families/qwen2';
import { qwen3 } from './families/qwen3';
import type { ModelConfig, RopeConfig } from './modelConfig';

const families: readonly Family[] = [qwen2, qwen3, llama];

/**
 * config.json of Hugging Face (transformers 4 and 5 spellings) as a {@link ModelConfig}. `generationConfig`, where there is one,
 * says which ids end an answer. Throws `model/unsupported` for another family and `model/config` naming the field.
 */
export function parseModelConfig(document: unknown, generationConfig: unknown = null): ModelConfig {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new TunesmithError('model/config', 'config.json: must be an object');
  const config = new ConfigReader(document as Record<string, unknown>);
  const modelType = config.document.model_type;
  const family = families.find((candidate) => candidate.modelType === modelType);
  if (!family)
    throw new TunesmithError(
      'model/unsupported',
      `config.json, model_type: must be one of ${families.map((known) => known.modelType).join(', ')}, got ${JSON.stringify(modelType) ?? 'nothing'}; choose a model of one of these families`,
      { path: 'model_type' },
    );
  config.expect('hidden_act', 'silu', 'the gate of SwiGLU');
  config.expect('quantization_config', null, 'choose weights in f32, f16 or bf16');
  refuseSlidingWindow(config);
  const hiddenSize = config.count('hidden_size');
  const heads = config.count('num_attention_heads');
  const kvHeads = config.count('num_key_value_heads', heads);
  if (heads % kvHeads !== 0) config.fail('num_key_value_heads', `must divide num_attention_heads = ${heads}`, kvHeads);
  const headSize = config.count('head_dim', family.defaultHeadSize ?? hiddenSize / heads);
  if (headSize % 2 !== 0) config.fail('head_dim', 'must be even (rotary positions pair its halves)', headSize);
  const maxPositions = config.count('max_position_embeddings');
  const generation =
    typeof generationConfig === 'object' && generationConfig !== null
      ? new ConfigReader(generationConfig as Record<string, unknown>).ids('eos_token_id')
      : [];
  return {
    family: family.modelType,
    architecture: family.architecture,
    vocabSize: config.count('vocab_size'),
    hiddenSize,
    feedForwardSize: config.count('intermediate_size'),
    layers: config.count('num_hidden_layers'),
    heads,
    kvHeads,
    headSize,
    maxPositions,
    rmsNormEps: config.positive('rms_norm_eps', family.defaults.rmsNormEps),
    rope: ropeConfig(config, family, maxPositions),
    tiedEmbeddings: config.flag('tie_word_embeddings', family.defaults.tiedEmbeddings),
    biases: new Set(family.biases(config)),
    qkNorm: family.qkNorm,
    eosTokenIds: generation.length > 0 ? generation : config.ids('eos_token_id'),
  };
}

/** Sliding windows are off in every released chat model of these families, even where the field has a number. */
function refuseSlidingWindow(config: ConfigReader): void {
  if (config.document.use_sliding_window === true)
    config.fail('use_sliding_window', 'sliding-window attention is not supported', true);
  const types = config.document.layer_types;
  if (Array.isArray(types) && types.some((type) => type !== 'full_attention'))
    config.fail('layer_types', 'every layer must be "full_attention"', types);
}

/** transformers 5 writes `rope_parameters`; 4 wrote `rope_theta` beside an optional `rope_scaling`. */
function ropeConfig(config: ConfigReader, family: Family, maxPositions: number): RopeConfig {
  const parameters = config.section('rope_parameters') ?? config.section('rope_scaling') ?? new ConfigReader({});
  const field = config.document.rope_parameters ? 'rope_parameters' : 'rope_scaling';
  const theta =
    parameters.document.rope_theta === undefined
      ? config.positive('rope_theta', family.defaults.ropeTheta)
      : parameters.positive('rope_theta');
  const partial = parameters.document.partial_rotary_factor ?? config.document.partial_rotary_factor ?? 1;
  if (partial !== 1) config.fail('partial_rotary_factor', 'must be 1', partial);
  const type = parameters.document.rope_type ?? parameters.document.type ?? 'default';
  if (type === 'default') return { theta, llama3: null };
  if (type !== 'llama3') return config.fail(`${field}.rope_type`, 'must be "default" or "llama3"', type);
  return {
    theta,
    llama3: {
      factor: parameters.positive('factor'),
      lowFreqFactor: parameters.positive('low_freq_factor'),
      highFreqFactor: parameters.positive('high_freq_factor'),
      originalMaxPositions: parameters.count('original_max_position_embeddings', maxPositions),
    },
  };
}
