import { TunesmithError } from '../../lib/errors';
import { ConfigReader } from './configReader';
import type { Family } from './families/family';
import { llama } from './families/llama';
import { qwen2 } from './families/qwen2';
import { qwen3 } from './families/qwen3';
import type { ModelConfig, RopeConfig } from './modelConfig';
import { slidingWindow } from './slidingWindow';

const families: readonly Family[] = [qwen2, qwen3, llama];

/** Far above every model of these families, and small enough that nothing overflows or fills memory before weights are seen. */
const largest = {
  vocabulary: 2 ** 22,
  width: 2 ** 16,
  feedForward: 2 ** 18,
  layers: 512,
  heads: 1024,
  headSize: 1024,
  positions: 2 ** 26,
};

/** Fields of other kinds of model: refused where they hold anything, with what is the matter. */
const foreign: readonly [field: string, why: string][] = [
  ['quantization_config', 'weights must be in f32, f16 or bf16; choose the model in one of these'],
  ['vision_config', 'models that see are not supported'],
  ['audio_config', 'models that hear are not supported'],
  ['num_experts', 'mixtures of experts are not supported'],
  ['num_local_experts', 'mixtures of experts are not supported'],
];

/**
 * config.json of Hugging Face (transformers 4 and 5 spellings) as a {@link ModelConfig}. `generationConfig`, where there is one,
 * says which ids end an answer. Throws `model/unsupported` for another family and `model/config` naming the field.
 */
export function parseModelConfig(document: unknown, generationConfig: unknown = null): ModelConfig {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new TunesmithError('model/config', 'config.json: must be an object; download the model folder again');
  const config = new ConfigReader(document as Record<string, unknown>);
  const family = familyOf(config);
  for (const [field, why] of foreign) {
    const value = config.document[field];
    if (value !== undefined && value !== null && value !== 0 && value !== false) config.fail(field, why, value);
  }
  if (config.document.hidden_act !== 'swish') config.expect('hidden_act', 'silu', 'the gate of SwiGLU');
  config.expect('attention_dropout', 0, 'dropout inside attention is not supported');
  const hiddenSize = config.count('hidden_size', { atMost: largest.width });
  const heads = config.count('num_attention_heads', { atMost: largest.heads });
  const kvHeads = config.count('num_key_value_heads', { otherwise: heads, atMost: largest.heads });
  if (heads % kvHeads !== 0) config.fail('num_key_value_heads', `must divide num_attention_heads = ${heads}`, kvHeads);
  const headSize = config.count('head_dim', {
    otherwise: family.defaultHeadSize ?? hiddenSize / heads,
    atMost: largest.headSize,
  });
  if (headSize % 2 !== 0) config.fail('head_dim', 'must be even (rotary positions pair its halves)', headSize);
  const maxPositions = config.count('max_position_embeddings', { atMost: largest.positions });
  const layers = config.count('num_hidden_layers', { atMost: largest.layers });
  const generation =
    typeof generationConfig === 'object' && generationConfig !== null
      ? new ConfigReader(generationConfig as Record<string, unknown>).ids('eos_token_id')
      : [];
  return {
    family: family.modelType,
    architecture: family.architecture,
    vocabSize: config.count('vocab_size', { atMost: largest.vocabulary }),
    hiddenSize,
    feedForwardSize: config.count('intermediate_size', { atMost: largest.feedForward }),
    layers,
    heads,
    kvHeads,
    headSize,
    maxPositions,
    slidingWindow: family.slidingWindows ? slidingWindow(config, layers, maxPositions) : null,
    rmsNormEps: config.positive('rms_norm_eps', family.defaults.rmsNormEps),
    rope: ropeConfig(config, family, maxPositions),
    tiedEmbeddings: config.flag('tie_word_embeddings', family.defaults.tiedEmbeddings),
    biases: new Set(family.biases(config)),
    qkNorm: family.qkNorm,
    eosTokenIds: generation.length > 0 ? generation : config.ids('eos_token_id'),
  };
}

/** By `model_type`; `architectures`, where there, must have the language model (not a classifier or an embedder). */
function familyOf(config: ConfigReader): Family {
  const modelType = config.document.model_type;
  const family = families.find((candidate) => candidate.modelType === modelType);
  if (!family)
    throw new TunesmithError(
      'model/unsupported',
      `config.json, model_type: must be one of ${families.map((known) => known.modelType).join(', ')}, got ${JSON.stringify(modelType) ?? 'nothing'}; choose a model of one of these families`,
      { path: 'model_type' },
    );
  const architectures = config.words('architectures');
  if (architectures && !architectures.includes(family.architecture))
    config.fail('architectures', `must have ${family.architecture}, a language model`, architectures);
  return family;
}

/** transformers 5 writes `rope_parameters`; 4 wrote `rope_theta` beside an optional `rope_scaling`. */
function ropeConfig(config: ConfigReader, family: Family, maxPositions: number): RopeConfig {
  const parameters = config.section('rope_parameters') ?? config.section('rope_scaling') ?? new ConfigReader({});
  const field = config.document.rope_parameters ? 'rope_parameters' : 'rope_scaling';
  const theta =
    (parameters.document.rope_theta ?? null) === null
      ? config.positive('rope_theta', family.defaults.ropeTheta)
      : parameters.positive('rope_theta');
  const partial = parameters.document.partial_rotary_factor ?? config.document.partial_rotary_factor ?? 1;
  if (partial !== 1) config.fail('partial_rotary_factor', 'must be 1', partial);
  const type = parameters.document.rope_type ?? parameters.document.type ?? 'default';
  if (type === 'default') return { theta, llama3: null };
  if (type !== 'llama3') return config.fail(`${field}.rope_type`, 'must be "default" or "llama3"', type);
  const llama3 = {
    factor: parameters.positive('factor'),
    lowFreqFactor: parameters.positive('low_freq_factor'),
    highFreqFactor: parameters.positive('high_freq_factor'),
    // As transformers: the field beside `rope_scaling` wins over the one inside it.
    originalMaxPositions: (config.document.original_max_position_embeddings === undefined ? parameters : config).count(
      'original_max_position_embeddings',
      { otherwise: maxPositions, atMost: largest.positions },
    ),
  };
  if (llama3.highFreqFactor <= llama3.lowFreqFactor)
    parameters.fail(
      'high_freq_factor',
      `must be above low_freq_factor = ${llama3.lowFreqFactor}`,
      llama3.highFreqFactor,
    );
  return { theta, llama3 };
}
