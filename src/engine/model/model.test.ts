import { describe, expect, test } from 'vitest';
import { targetedModules } from '../adapters/lora';
import { linearNames } from './modelConfig';
import { parseModelConfig } from './parseConfig';
import { matchWeights, wantedTensors, type WeightSource } from './weights';

/** Published config.json of Qwen2.5-0.5B-Instruct and Qwen3-0.6B: the fields that matter. */
const qwen25 = {
  architectures: ['Qwen2ForCausalLM'],
  hidden_act: 'silu',
  hidden_size: 896,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  model_type: 'qwen2',
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_sliding_window: false,
  vocab_size: 151936,
  eos_token_id: 151645,
  bos_token_id: 151643,
};
const qwen3 = {
  architectures: ['Qwen3ForCausalLM'],
  attention_bias: false,
  head_dim: 128,
  hidden_act: 'silu',
  hidden_size: 1024,
  intermediate_size: 3072,
  max_position_embeddings: 40960,
  model_type: 'qwen3',
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: null,
  tie_word_embeddings: true,
  use_sliding_window: false,
  vocab_size: 151936,
  eos_token_id: 151645,
};

describe('model configuration', () => {
  test('rule 17: all-linear r 16 has 8,798,208 parameters on Qwen2.5-0.5B and 10,092,544 on Qwen3-0.6B', () => {
    const count = (config: unknown) =>
      targetedModules(parseModelConfig(config), 'all-linear').reduce(
        (sum, { shape: [out, inside] }) => sum + 16 * (out + inside),
        0,
      );
    expect(count(qwen25)).toBe(8_798_208);
    expect(count(qwen3)).toBe(10_092_544);
  });

  test('parameters of the models themselves, tied heads counted once', () => {
    const count = (config: unknown) =>
      wantedTensors(parseModelConfig(config)).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    expect(count(qwen25)).toBe(494_032_768);
    expect(count(qwen3)).toBe(596_049_920);
  });

  test('end tokens: generation_config first, then config', () => {
    expect(parseModelConfig(qwen25).eosTokenIds).toEqual([151645]);
    expect(parseModelConfig(qwen25, { eos_token_id: [151645, 151643] }).eosTokenIds).toEqual([151645, 151643]);
    expect(parseModelConfig({ ...qwen25, eos_token_id: null }, {}).eosTokenIds).toEqual([]);
  });

  test.each([
    ['model_type', 'gpt2', 'model/unsupported'],
    ['model_type', undefined, 'model/unsupported'],
    ['hidden_size', '896', 'model/config'],
    ['vocab_size', 0, 'model/config'],
    ['num_hidden_layers', 1.5, 'model/config'],
    ['num_key_value_heads', 3, 'model/config'],
    ['head_dim', 63, 'model/config'],
    ['hidden_act', 'gelu', 'model/config'],
    ['use_sliding_window', true, 'model/config'],
    ['layer_types', ['full_attention', 'sliding_attention'], 'model/config'],
    ['rope_scaling', { type: 'yarn', factor: 4 }, 'model/config'],
    ['quantization_config', { bits: 4 }, 'model/config'],
    ['rms_norm_eps', -1, 'model/config'],
    ['tie_word_embeddings', 'yes', 'model/config'],
  ])('%s = %j is refused by name', (field, value, code) => {
    const parse = () => parseModelConfig({ ...qwen25, [field]: value });
    expect(parse).toThrow(field);
    expect(parse).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('adapter targets: names, ends of paths, and what is no module', () => {
    const config = parseModelConfig(qwen25);
    expect(targetedModules(config, ['q_proj', 'layers.3.mlp.up_proj'])).toHaveLength(25);
    expect(targetedModules(config, [...linearNames])).toEqual(targetedModules(config, 'all-linear'));
    expect(() => targetedModules(config, ['q_proj', 'proj', 'lm_head'])).toThrow(/got proj, lm_head/);
  });
});

describe('weights against the configuration, before anything is allocated', () => {
  const tiny = parseModelConfig({
    ...qwen25,
    hidden_size: 4,
    intermediate_size: 6,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    vocab_size: 9,
  });
  const sourceOf = (entries: { name: string; shape: number[]; dtype?: string }[]): WeightSource => ({
    list: () => entries.map((each) => ({ dtype: 'BF16', ...each })),
    read: () => Promise.reject(new Error('nothing may be read')),
  });
  const all = wantedTensors(tiny);

  test('complete weights match; old rotation tables and a tied head stored twice or under its other name are fine', () => {
    expect(matchWeights(tiny, sourceOf(all)).size).toBe(all.length);
    const extra = [
      { name: 'lm_head.weight', shape: [9, 4] },
      { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', shape: [1] },
    ];
    expect(matchWeights(tiny, sourceOf([...all, ...extra])).get('model.embed_tokens.weight')).toBe(
      'model.embed_tokens.weight',
    );
    const [, ...rest] = all;
    expect(matchWeights(tiny, sourceOf([...rest, ...extra])).get('model.embed_tokens.weight')).toBe('lm_head.weight');
  });

  test('every problem in one message', () => {
    const [first, second, ...rest] = all;
    const wrong = [
      { name: first?.name ?? '', shape: [9, 5] },
      ...rest,
      { name: 'model.layers.1.mlp.up_proj.weight', shape: [6, 4] },
      { name: second?.name ?? '', shape: second?.shape ?? [], dtype: 'I8' },
    ];
    expect(() => matchWeights(tiny, sourceOf(wrong))).toThrow(
      /embed_tokens.weight must be \[9,4\] by config.json, got \[9,5\]; .*input_layernorm.weight must be F32, F16 or BF16, got I8; model.layers.1.* is not part/,
    );
    expect(() => matchWeights(tiny, sourceOf([]))).toThrow(/and \d+ more/);
  });
});
