import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../src/recipe/schema';
import { adapterParameters, estimateMemory, modelShape } from './memory';

// The published configurations of the two models.
const qwen25 = modelShape({
  hidden_size: 896,
  intermediate_size: 4864,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  num_hidden_layers: 24,
  vocab_size: 151936,
});
const qwen3 = modelShape({
  hidden_size: 1024,
  intermediate_size: 3072,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 128,
  num_hidden_layers: 28,
  vocab_size: 151936,
});
const recipe = recipeSchema.parse({ adapter: { r: 16 } });

describe('memory forecast', () => {
  it('counts adapter parameters as PEFT does (rules.md 17)', () => {
    expect(adapterParameters(qwen25, recipe.adapter)).toBe(8_798_208);
    expect(adapterParameters(qwen3, recipe.adapter)).toBe(10_092_544);
    const queries = recipeSchema.parse({ adapter: { r: 8, target_modules: ['q_proj'] } });
    expect(adapterParameters(qwen25, queries.adapter)).toBe(24 * 8 * (896 + 896));
  });

  it('sums its categories, and shrinks with checkpointing and with length', () => {
    const { total, ...parts } = estimateMemory(qwen25, 494_032_768, recipe);
    expect(total).toBe(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0));
    expect(parts.weights).toBe(494_032_768 * 4);
    expect(parts.optimizer).toBe(2 * parts.adapter);
    const kept = estimateMemory(
      qwen25,
      494_032_768,
      recipeSchema.parse({ training: { gradient_checkpointing: false } }),
    );
    expect(kept.activations).toBeGreaterThan(5 * parts.activations);
    const short = estimateMemory(qwen25, 494_032_768, recipeSchema.parse({ training: { max_length: 512 } }));
    expect(short.activations * 2).toBe(parts.activations);
  });

  it('counts the whole model when all of it is trained', () => {
    const full = estimateMemory(qwen25, 1000, recipeSchema.parse({ adapter: { kind: 'none' } }));
    expect([full.adapter, full.gradients, full.optimizer]).toEqual([0, 4000, 8000]);
  });

  it('names what is wrong in a configuration', () => {
    expect(() => modelShape({ hidden_size: 0 })).toThrow(/hidden_size must be a positive whole number, got 0/);
    expect(() => modelShape(null)).toThrow(/hidden_size/);
  });
});
