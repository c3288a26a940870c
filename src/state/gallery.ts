/**
 * Models that this page can read, with what their publishers say of them: the model cards, config.json and the sizes of the files on
 * huggingface.co, read in November 2026. Nothing here is asked of a hub: it is shown before a person has chosen to.
 */
import type { HubSource } from '../protocol/model';

export interface GalleryModel {
  repository: string;
  name: string;
  /** One sentence. */
  says: string;
  parameters: number;
  /** Bytes of `model.safetensors` and `tokenizer.json`; all other files together are below a megabyte. */
  downloadBytes: number;
  licence: string;
  languages: string;
  /** Files only for accounts that have accepted the licence on the model's page, with an access token. */
  gated: boolean;
  /** As published; what memory and shapes depend on. */
  config: Readonly<Record<string, unknown>>;
}

const qwen2 = {
  model_type: 'qwen2',
  architectures: ['Qwen2ForCausalLM'],
  eos_token_id: 151645,
  hidden_act: 'silu',
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_sliding_window: false,
  vocab_size: 151936,
};
const qwen3 = {
  model_type: 'qwen3',
  architectures: ['Qwen3ForCausalLM'],
  attention_bias: false,
  eos_token_id: 151645,
  head_dim: 128,
  hidden_act: 'silu',
  max_position_embeddings: 40960,
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1e6,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_sliding_window: false,
  vocab_size: 151936,
};
const llama = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  torch_dtype: 'bfloat16',
};
const smolLm2 = {
  ...llama,
  eos_token_id: 2,
  max_position_embeddings: 8192,
  rope_scaling: null,
  rope_theta: 1e5,
  tie_word_embeddings: true,
  vocab_size: 49152,
};
const qwenLanguages = 'over 29 languages, among them Chinese, English, French, Spanish, Arabic';

/** Smallest first. */
export const gallery: readonly GalleryModel[] = [
  {
    repository: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    name: 'SmolLM2 135M Instruct',
    says: 'The quickest to fetch and to tune; simple sentences, little knowledge.',
    parameters: 134_515_008,
    downloadBytes: 269_060_552 + 2_104_556,
    licence: 'Apache 2.0',
    languages: 'English',
    gated: false,
    config: {
      ...smolLm2,
      hidden_size: 576,
      intermediate_size: 1536,
      num_attention_heads: 9,
      num_hidden_layers: 30,
      num_key_value_heads: 3,
    },
  },
  {
    repository: 'HuggingFaceTB/SmolLM2-360M-Instruct',
    name: 'SmolLM2 360M Instruct',
    says: 'A step up in fluency, still small enough for most machines.',
    parameters: 361_821_120,
    downloadBytes: 723_674_912 + 2_104_556,
    licence: 'Apache 2.0',
    languages: 'English',
    gated: false,
    config: {
      ...smolLm2,
      hidden_size: 960,
      intermediate_size: 2560,
      num_attention_heads: 15,
      num_hidden_layers: 32,
      num_key_value_heads: 5,
    },
  },
  {
    repository: 'Qwen/Qwen2.5-0.5B-Instruct',
    name: 'Qwen2.5 0.5B Instruct',
    says: 'Follows instructions in many languages; the model that this page is measured with.',
    parameters: 494_032_768,
    downloadBytes: 988_097_824 + 7_031_645,
    licence: 'Apache 2.0',
    languages: qwenLanguages,
    gated: false,
    config: {
      ...qwen2,
      hidden_size: 896,
      intermediate_size: 4864,
      num_attention_heads: 14,
      num_hidden_layers: 24,
      num_key_value_heads: 2,
    },
  },
  {
    repository: 'Qwen/Qwen3-0.6B',
    name: 'Qwen3 0.6B',
    says: 'Answers directly, or thinks first where the template’s switch says so.',
    parameters: 596_049_920,
    downloadBytes: 1_503_300_328 + 11_422_654,
    licence: 'Apache 2.0',
    languages: 'over 100 languages and dialects',
    gated: false,
    config: { ...qwen3, hidden_size: 1024, intermediate_size: 3072 },
  },
  {
    repository: 'TinyLlama/TinyLlama-1.1B-Chat-v1.0',
    name: 'TinyLlama 1.1B Chat',
    says: 'Llama 2’s architecture and tokenizer in small; texts up to 2,048 tokens.',
    parameters: 1_100_048_384,
    downloadBytes: 2_200_119_864 + 1_842_767,
    licence: 'Apache 2.0',
    languages: 'English',
    gated: false,
    config: {
      ...llama,
      eos_token_id: 2,
      hidden_size: 2048,
      intermediate_size: 5632,
      max_position_embeddings: 2048,
      num_attention_heads: 32,
      num_hidden_layers: 22,
      num_key_value_heads: 4,
      rope_scaling: null,
      rope_theta: 1e4,
      tie_word_embeddings: false,
      vocab_size: 32000,
    },
  },
  {
    repository: 'meta-llama/Llama-3.2-1B-Instruct',
    name: 'Llama 3.2 1B Instruct',
    says: 'Made for dialogue in eight languages.',
    parameters: 1_235_814_400,
    downloadBytes: 2_471_645_608 + 9_085_657,
    licence: 'Llama 3.2 Community License',
    languages: 'English, German, French, Italian, Portuguese, Hindi, Spanish, Thai',
    gated: true,
    config: {
      ...llama,
      eos_token_id: [128001, 128008, 128009],
      head_dim: 64,
      hidden_size: 2048,
      intermediate_size: 8192,
      max_position_embeddings: 131072,
      num_attention_heads: 32,
      num_hidden_layers: 16,
      num_key_value_heads: 8,
      rope_scaling: {
        factor: 32,
        high_freq_factor: 4,
        low_freq_factor: 1,
        original_max_position_embeddings: 8192,
        rope_type: 'llama3',
      },
      rope_theta: 5e5,
      tie_word_embeddings: true,
      vocab_size: 128256,
    },
  },
  {
    repository: 'Qwen/Qwen2.5-1.5B-Instruct',
    name: 'Qwen2.5 1.5B Instruct',
    says: 'Knows and reasons more than the small ones; for a GPU with memory to spare.',
    parameters: 1_543_714_304,
    downloadBytes: 3_087_467_144 + 7_031_645,
    licence: 'Apache 2.0',
    languages: qwenLanguages,
    gated: false,
    config: {
      ...qwen2,
      hidden_size: 1536,
      intermediate_size: 8960,
      num_attention_heads: 12,
      num_hidden_layers: 28,
      num_key_value_heads: 2,
    },
  },
];

/** The hub that is asked unless a person names another. */
export const defaultEndpoint = 'https://huggingface.co';

/** A repository of a hub as a source. */
export const hubSource = (repository: string, endpoint: string, revision = 'main'): HubSource => ({
  kind: 'hub',
  repository,
  revision,
  endpoint,
  name: repository,
});
