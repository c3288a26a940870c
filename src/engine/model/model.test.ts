import { describe, expect, test } from 'vitest';
import { targetedModules } from '../adapters/targets';
import families from '../fixtures/families.json';
import windows from '../fixtures/windows.json';
import { linearNames } from './modelConfig';
import { parseModelConfig } from './parseConfig';
import { inverseFrequencies, ropeTables } from './rope';
import { matchWeights, wantedTensors, type WeightSource } from './weights';

/** Published config.json files with what transformers makes of them (tools/fixtures/engine/makeFamilies.py). */
const published = (name: string): Record<string, unknown> => {
  const found = families.models.find((model) => model.name === name);
  if (!found) throw new RangeError(`no fixture of ${name}`);
  return found.config;
};
const qwen25 = published('Qwen2.5-0.5B-Instruct');
const qwen3 = published('Qwen3-0.6B');
const llama32 = published('Llama-3.2-1B-Instruct');

describe('model configuration', () => {
  test.each(families.models)('$name: parameters, rotation frequencies and tables as transformers has them', (model) => {
    const config = parseModelConfig(model.config);
    const parameters = wantedTensors(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    expect(parameters).toBe(model.parameters);
    expect(config.slidingWindow).toBeNull();
    const frequencies = inverseFrequencies(config.rope, config.headSize);
    expect(frequencies).toHaveLength(model.inverse_frequencies.length);
    model.inverse_frequencies.forEach((theirs, j) =>
      expect(Math.abs((frequencies[j] ?? 0) / theirs - 1)).toBeLessThan(2e-7),
    );
    const half = config.headSize / 2;
    model.positions.forEach((position, row) => {
      // Only the row that is compared: the last positions of Llama 3.2 would be 32 MB of tables.
      const { cos, sin } = ropeTables(config.rope, config.headSize, 1, position);
      for (let j = 0; j < half; j++) {
        // One unit of the frequency's last place is `position` units of the angle's.
        const tolerance = 1e-6 + position * (frequencies[j] ?? 0) * 2.4e-7;
        expect(Math.abs((cos[j] ?? 0) - (model.cos[row]?.[j] ?? NaN))).toBeLessThan(tolerance);
        expect(Math.abs((sin[j] ?? 0) - (model.sin[row]?.[j] ?? NaN))).toBeLessThan(tolerance);
      }
    });
  });

  test('rule 17: all-linear r 16 has 8,798,208 parameters on Qwen2.5-0.5B and 10,092,544 on Qwen3-0.6B', () => {
    const count = (config: unknown) =>
      targetedModules(parseModelConfig(config), 'all-linear').reduce(
        (sum, { shape: [out, inside] }) => sum + 16 * (out + inside),
        0,
      );
    expect(count(qwen25)).toBe(8_798_208);
    expect(count(qwen3)).toBe(10_092_544);
  });

  test('end tokens: generation_config first, then config', () => {
    expect(parseModelConfig(qwen25).eosTokenIds).toEqual([151645]);
    expect(parseModelConfig(qwen25, { eos_token_id: [151645, 151643] }).eosTokenIds).toEqual([151645, 151643]);
    expect(parseModelConfig(llama32).eosTokenIds).toEqual([128001, 128008, 128009]);
    expect(parseModelConfig({ ...qwen25, eos_token_id: null }, {}).eosTokenIds).toEqual([]);
  });

  test.each(windows.cases)('sliding layers as transformers decides them: $change', ({ change, window, slides }) => {
    const { slidingWindow, maxPositions } = parseModelConfig({ ...qwen25, ...change });
    // A window as long as the longest sequence changes nothing, so it is none here.
    const matters = slides.length > 0 && window !== null && window < maxPositions;
    expect(slidingWindow && { window: slidingWindow.tokens, slides: [...slidingWindow.layers] }).toEqual(
      matters ? { window, slides } : null,
    );
  });

  test('fields that transformers does not read there change nothing', () => {
    const plain = parseModelConfig(llama32);
    expect(parseModelConfig({ ...llama32, use_sliding_window: true, sliding_window: 4, max_window_layers: 0 })).toEqual(
      plain,
    );
    expect(parseModelConfig({ ...llama32, hidden_act: 'swish', attention_dropout: 0, num_experts: null })).toEqual(
      plain,
    );
    // transformers 5 writes the same rotation so.
    const { rope_scaling, rope_theta, ...rest } = llama32;
    expect(parseModelConfig({ ...rest, rope_parameters: { ...(rope_scaling as object), rope_theta } })).toEqual(plain);
  });

  test.each([
    ['model_type', 'gpt2', 'model/unsupported'],
    ['model_type', 'qwen3_moe', 'model/unsupported'],
    ['model_type', 'qwen2_vl', 'model/unsupported'],
    ['model_type', undefined, 'model/unsupported'],
    ['architectures', ['Qwen2ForSequenceClassification'], 'model/config'],
    ['architectures', 'Qwen2ForCausalLM', 'model/config'],
    ['hidden_size', '896', 'model/config'],
    ['hidden_size', 1e15, 'model/config'],
    ['vocab_size', 0, 'model/config'],
    ['vocab_size', 1e12, 'model/config'],
    ['num_hidden_layers', 1.5, 'model/config'],
    ['num_hidden_layers', 1e9, 'model/config'],
    ['intermediate_size', Infinity, 'model/config'],
    ['num_key_value_heads', 3, 'model/config'],
    ['head_dim', 63, 'model/config'],
    ['hidden_act', 'gelu', 'model/config'],
    ['attention_dropout', 0.1, 'model/config'],
    ['use_sliding_window', 'yes', 'model/config'],
    ['layer_types', ['full_attention', 'sliding_attention'], 'model/config'],
    ['layer_types', Array(24).fill('linear_attention'), 'model/config'],
    ['rope_scaling', { type: 'yarn', factor: 4 }, 'model/config'],
    ['rope_scaling', { rope_type: 'linear', factor: 2 }, 'model/config'],
    ['rope_scaling', 'llama3', 'model/config'],
    ['partial_rotary_factor', 0.5, 'model/config'],
    ['quantization_config', { bits: 4 }, 'model/config'],
    ['vision_config', { depth: 32 }, 'model/config'],
    ['num_experts', 128, 'model/config'],
    ['num_local_experts', 8, 'model/config'],
    ['rms_norm_eps', -1, 'model/config'],
    ['tie_word_embeddings', 'yes', 'model/config'],
    ['max_position_embeddings', null, 'model/config'],
  ])('%s = %j is refused by name', (field, value, code) => {
    const parse = () => parseModelConfig({ ...qwen25, [field]: value });
    expect(parse).toThrow(field);
    expect(parse).toThrow(expect.objectContaining({ code }) as Error);
  });

  test.each([
    ['sliding_window', { use_sliding_window: true, sliding_window: 0 }],
    ['max_window_layers', { use_sliding_window: true, max_window_layers: -1 }],
    ['sliding_window', { layer_types: ['sliding_attention', ...(Array(23).fill('full_attention') as string[])] }],
    ['low_freq_factor', { rope_scaling: { rope_type: 'llama3', factor: 8, high_freq_factor: 4 } }],
    ['high_freq_factor', { rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4 } }],
  ])('%s is refused by name in %j', (field, change) => {
    expect(() => parseModelConfig({ ...qwen25, ...change })).toThrow(field);
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
