import { TunesmithError } from '../../src/lib/errors';
import type { Recipe } from '../../src/recipe/schema';

/**
 * A forecast of device memory for a run. Letters: B batch, T tokens, D model width, F feed-forward width, V vocabulary,
 * H heads, G key-value heads, K head size, L layers, R rank, P trainable parameters.
 */
export interface ModelShape {
  D: number;
  F: number;
  V: number;
  H: number;
  G: number;
  K: number;
  L: number;
}

/** Bytes by what holds them. */
export interface MemoryEstimate {
  weights: number;
  adapter: number;
  gradients: number;
  optimizer: number;
  activations: number;
  logits: number;
  total: number;
}

const f32Bytes = 4;
/** Columns of the head that are computed at a time: logits never exist as a whole. */
const headColumns = 4096;

/** The sides of a model, from its `config.json`. @throws `model/config` for a missing or impossible one. */
export function modelShape(config: unknown): ModelShape {
  const entries = typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {};
  const side = (name: string, fallback?: number): number => {
    const value = entries[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
      throw new TunesmithError(
        'model/config',
        `config.json: ${name} must be a positive whole number, got ${JSON.stringify(value)}`,
      );
    return value;
  };
  const D = side('hidden_size');
  const H = side('num_attention_heads');
  return {
    D,
    H,
    F: side('intermediate_size'),
    V: side('vocab_size'),
    G: side('num_key_value_heads', H),
    K: side('head_dim', Math.floor(D / H)),
    L: side('num_hidden_layers'),
  };
}

/** [out, in] of the linear modules of a block. */
const linears = ({ D, F, H, G, K }: ModelShape): Record<string, [number, number]> => ({
  q_proj: [H * K, D],
  k_proj: [G * K, D],
  v_proj: [G * K, D],
  o_proj: [D, H * K],
  gate_proj: [F, D],
  up_proj: [F, D],
  down_proj: [D, F],
});

/** P of a LoRA adapter: L · Σ R·(in + out) over its target modules, plus DoRA's magnitude vectors. */
export function adapterParameters(shape: ModelShape, { r, target_modules, use_dora }: Recipe['adapter']): number {
  const targets = Object.entries(linears(shape)).filter(
    ([name]) => target_modules === 'all-linear' || target_modules.includes(name),
  );
  return shape.L * targets.reduce((sum, [, [out, into]]) => sum + r * (out + into) + (use_dora ? out : 0), 0);
}

/**
 * An estimate in bytes, in f32 as training computes. Activations: with checkpointing the input of every block plus one
 * block in full; without, every block in full. Per token, a block in full holds its residual streams and norms (4·D),
 * q, k, v, o ((2·H + 2·G)·K), gate, up and their product (3·F), the log-sum-exp (H), and the LoRA side paths (7·R). The
 * backward of one block doubles that block. Logits: one block of columns and its gradient, for every token.
 */
export function estimateMemory(shape: ModelShape, parameters: number, recipe: Recipe): MemoryEstimate {
  const { D, F, V, H, G, K, L } = shape;
  const { adapter: lora, training } = recipe;
  const isFull = lora.kind === 'none';
  const P = isFull ? parameters : adapterParameters(shape, lora);
  const tokens = training.per_device_train_batch_size * training.max_length;
  const blockPerToken = 4 * D + (2 * H + 2 * G) * K + 3 * F + H + (isFull ? 0 : 7 * lora.r);
  const kept = training.gradient_checkpointing ? L * D + blockPerToken : L * blockPerToken;
  const moments: Record<Recipe['training']['optim'], number> = {
    adamw: 2 * f32Bytes,
    adamw_8bit: 2,
    lion: f32Bytes,
    sgd: 0,
  };
  const parts = {
    weights: parameters * f32Bytes,
    adapter: isFull ? 0 : P * f32Bytes,
    gradients: P * f32Bytes,
    optimizer: P * moments[training.optim],
    activations: tokens * (kept + blockPerToken) * f32Bytes,
    logits: 2 * tokens * Math.min(V, headColumns) * f32Bytes,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}
