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
  chat: () => makeRows({ count: 8, shortest: 24, longest: 48, answer: 12 }),
  dense: () => makeRows({ count: 8, shortest: 64, longest: 64, answer: 64 }),
} as const;
export type BatchName = keyof typeof batches;

function makeRows({
  count,
  shortest,
  longest,
  answer,
}: {
  count: number;
  shortest: number;
  longest: number;
  answer: number;
}): Row[] {
  const random = new Random(11);
  return Array.from({ length: count }, () => {
    const length = shortest + random.below(longest - shortest + 1);
    const inputIds = Array.from({ length }, () => random.below(builtinSides.vocabSize));
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
export function adapterTensors(sides: ModelSides): NamedTensor[] {
  return Array.from({ length: sides.layers }, (_, layer) =>
    Object.entries(linearShapes(sides)).flatMap(([name, [out, into]]) => {
      const path = `base_model.model.model.layers.${layer}.${name}`;
      return [
        { name: `${path}.lora_A.weight`, shape: [rank, into] },
        { name: `${path}.lora_B.weight`, shape: [out, rank] },
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
