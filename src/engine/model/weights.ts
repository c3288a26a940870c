import { TunesmithError } from '../../lib/errors';
import { linearNames, linearPath, linearShape, type ModelConfig } from './modelConfig';

/** Where weights come from: a safetensors file, several of them, or made-up numbers in a test. */
export interface WeightSource {
  /** In the order in which they are best read. */
  list(): { name: string; dtype: string; shape: readonly number[] }[];
  /** Values `first … first+count−1` of a tensor in singles; they belong to the caller. */
  read(name: string, first: number, count: number): Promise<Float32Array>;
}

export interface WantedTensor {
  name: string;
  shape: number[];
}

export const embeddingName = 'model.embed_tokens.weight';
export const headName = 'lm_head.weight';

/** Every tensor that a model of this configuration is made of, in the order of computation. A tied head is not listed. */
export function wantedTensors(config: ModelConfig): WantedTensor[] {
  const wanted: WantedTensor[] = [{ name: embeddingName, shape: [config.vocabSize, config.hiddenSize] }];
  for (let layer = 0; layer < config.layers; layer++) {
    const block = `model.layers.${layer}`;
    wanted.push({ name: `${block}.input_layernorm.weight`, shape: [config.hiddenSize] });
    wanted.push({ name: `${block}.post_attention_layernorm.weight`, shape: [config.hiddenSize] });
    if (config.qkNorm)
      for (const part of ['q_norm', 'k_norm'])
        wanted.push({ name: `${block}.self_attn.${part}.weight`, shape: [config.headSize] });
    for (const name of linearNames) {
      const shape = linearShape(config, name);
      wanted.push({ name: `${linearPath(layer, name)}.weight`, shape });
      if (config.biases.has(name)) wanted.push({ name: `${linearPath(layer, name)}.bias`, shape: [shape[0]] });
    }
  }
  wanted.push({ name: 'model.norm.weight', shape: [config.hiddenSize] });
  if (!config.tiedEmbeddings) wanted.push({ name: headName, shape: [config.vocabSize, config.hiddenSize] });
  return wanted;
}

/** Tensors in files that are no part of the computation: tables that old versions saved, and a tied head stored twice. */
const ignorable = (name: string, config: ModelConfig): boolean =>
  name.endsWith('rotary_emb.inv_freq') || (config.tiedEmbeddings && (name === headName || name === embeddingName));

const storedDtypes = new Set(['F32', 'F16', 'BF16']);

/**
 * Checks names, shapes and dtypes before anything is allocated; returns the stored name of each wanted tensor (a tied
 * embedding may be stored as the head). Throws `model/weights` with every problem in one message.
 */
export function matchWeights(config: ModelConfig, source: WeightSource): Map<string, string> {
  const stored = new Map(source.list().map((entry) => [entry.name, entry]));
  const names = new Map<string, string>();
  const problems: string[] = [];
  for (const { name, shape } of wantedTensors(config)) {
    const storedName = !stored.has(name) && name === embeddingName && config.tiedEmbeddings ? headName : name;
    const entry = stored.get(storedName);
    if (!entry) problems.push(`${name} is missing`);
    else if (entry.shape.join() !== shape.join())
      problems.push(`${name} must be [${shape.join()}] by config.json, got [${entry.shape.join()}]`);
    else if (!storedDtypes.has(entry.dtype)) problems.push(`${name} must be F32, F16 or BF16, got ${entry.dtype}`);
    else names.set(name, storedName);
  }
  const used = new Set(names.values());
  for (const name of stored.keys())
    if (!used.has(name) && !ignorable(name, config)) problems.push(`${name} is not part of a ${config.family} model`);
  if (problems.length > 0) {
    const shown = problems.slice(0, 5).join('; ');
    const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
    throw new TunesmithError('model/weights', `weights: they do not fit config.json: ${shown}${more}`, {
      data: { problems },
    });
  }
  return names;
}
