import { Random } from '../../src/lib/random';

/**
 * What both contenders compute: the built-in model's shapes with made-up weights, a LoRA adapter with made-up factors, and
 * made-up conversations. Everything is seeded, so that both start from the same numbers and must report the same loss.
 */
export interface ModelSides {
  hiddenSize: number;
  feedForwardSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  vocabSize: number;
  rmsNormEps: number;
  ropeTheta: number;
  maxPositions: number;
}

/** public/models/builtin/config.json, with its vocabulary as trained. */
export const builtinSides: ModelSides = {
  hiddenSize: 256,
  feedForwardSize: 768,
  layers: 4,
  heads: 8,
  kvHeads: 2,
  headSize: 32,
  vocabSize: 4096,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 1024,
};

/** Four blocks of Qwen2.5-0.5B under its whole embedding table: its widths at a size that a machine without a GPU steps in seconds. */
export const qwenSides: ModelSides = {
  hiddenSize: 896,
  feedForwardSize: 4864,
  layers: 4,
  heads: 14,
  kvHeads: 2,
  headSize: 64,
  vocabSize: 151_936,
  rmsNormEps: 1e-6,
  ropeTheta: 1_000_000,
  maxPositions: 4096,
};

/** Models of the benchmark by name. */
export const models = { builtin: builtinSides, 'qwen2.5-0.5b ×4': qwenSides } as const;
export type ModelName = keyof typeof models;

/** The same as a config.json. */
export const configOf = (sides: ModelSides): Record<string, unknown> => ({
  model_type: 'qwen2',
  architectures: ['Qwen2ForCausalLM'],
  hidden_act: 'silu',
  hidden_size: sides.hiddenSize,
  intermediate_size: sides.feedForwardSize,
  num_hidden_layers: sides.layers,
  num_attention_heads: sides.heads,
  num_key_value_heads: sides.kvHeads,
  vocab_size: sides.vocabSize,
  rms_norm_eps: sides.rmsNormEps,
  rope_theta: sides.ropeTheta,
  max_position_embeddings: sides.maxPositions,
  tie_word_embeddings: true,
});

export const rank = 16;
export const loraAlpha = 32;
export const learningRate = 3e-3;

export interface Row {
  inputIds: number[];
  /** -100 where a position is not trained on, unshifted. */
  labels: number[];
}

/** `chat`: short questions, only the answer is trained on. `dense`: every token of full rows. */
export const batches = {
  chat: (vocabSize: number) => makeRows({ count: 8, shortest: 24, longest: 48, answer: 12, vocabSize }),
  dense: (vocabSize: number) => makeRows({ count: 8, shortest: 64, longest: 64, answer: 64, vocabSize }),
} as const;
export type BatchName = keyof typeof batches;

/** Seeded rows of `shortest` to `longest` tokens, the last `answer` of each trained on. */
export function makeRows({
  count,
  shortest,
  longest,
  answer,
  vocabSize,
}: {
  count: number;
  shortest: number;
  longest: number;
  answer: number;
  vocabSize: number;
}): Row[] {
  const random = new Random(11);
  return Array.from({ length: count }, () => {
    const length = shortest + random.below(longest - shortest + 1);
    const inputIds = Array.from({ length }, () => random.below(vocabSize));
    return { inputIds, labels: inputIds.map((id, at) => (at >= length - answer ? id : -100)) };
  });
}

/** [out, in] of a block's linear modules by PEFT's names. */
export function linearShapes(sides: ModelSides): Record<string, [number, number]> {
  const { hiddenSize: D, feedForwardSize: F, heads: H, kvHeads: G, headSize: K } = sides;
  return {
    'self_attn.q_proj': [H * K, D],
    'self_attn.k_proj': [G * K, D],
    'self_attn.v_proj': [G * K, D],
    'self_attn.o_proj': [D, H * K],
    'mlp.gate_proj': [F, D],
    'mlp.up_proj': [F, D],
    'mlp.down_proj': [D, F],
  };
}

export interface NamedTensor {
  name: string;
  shape: number[];
}

/** Frozen tensors of a Qwen2 model, in Hugging Face's names. */
export function frozenTensors(sides: ModelSides): NamedTensor[] {
  const { hiddenSize: D, vocabSize: V, layers } = sides;
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const block = `model.layers.${layer}`;
    const linears = Object.entries(linearShapes(sides)).flatMap(([name, shape]) => [
      { name: `${block}.${name}.weight`, shape: [...shape] },
      ...(/[qkv]_proj$/.test(name) ? [{ name: `${block}.${name}.bias`, shape: [shape[0]] }] : []),
    ]);
    const norms = ['input_layernorm', 'post_attention_layernorm'].map((name) => ({
      name: `${block}.${name}.weight`,
      shape: [D],
    }));
    return [...norms, ...linears];
  });
  return [
    { name: 'model.embed_tokens.weight', shape: [V, D] },
    ...blocks.flat(),
    { name: 'model.norm.weight', shape: [D] },
  ];
}

/** Adapter factors in PEFT's names: A [R, in], B [out, R]. */
export function adapterTensors(sides: ModelSides, r: number = rank): NamedTensor[] {
  return Array.from({ length: sides.layers }, (_, layer) =>
    Object.entries(linearShapes(sides)).flatMap(([name, [out, into]]) => {
      const path = `base_model.model.model.layers.${layer}.${name}`;
      return [
        { name: `${path}.lora_A.weight`, shape: [r, into] },
        { name: `${path}.lora_B.weight`, shape: [out, r] },
      ];
    }),
  ).flat();
}

/** Seeded values of a tensor: norms near 1, biases and factors B small, weights uniform with variance 1/in. */
export function valuesOf({ name, shape }: NamedTensor): Float32Array<ArrayBuffer> {
  const seed = [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7);
  const random = new Random(seed);
  const width = name.includes('lora_B') || name.endsWith('bias') ? 0.02 : Math.sqrt(3 / (shape.at(-1) ?? 1));
  const isNorm = name.includes('norm');
  return Float32Array.from({ length: shape.reduce((product, side) => product * side, 1) }, () =>
    isNorm ? 0.9 + 0.2 * random.uniform() : width * (2 * random.uniform() - 1),
  );
}
