import { sizeOf, type View } from '../../kernels/runtime/view';
import { isWeight, type Weight } from '../../kernels/weights/weight';
import { assert } from '../../lib/errors';
import type { Model } from '../model/model';
import { linearNames, linearPath } from '../model/modelConfig';
import { wantedTensors } from '../model/weights';

/** One tensor of a model, by its name in Hugging Face's files; a tied head is not listed, as it is the embedding. */
export interface ModelParameter {
  name: string;
  shape: readonly number[];
  /** Norms and biases are views, matrices weights. */
  value: Weight | View;
}

/** Every parameter of a model, in the order of computation. */
export function modelParameters(model: Model): ModelParameter[] {
  const values = new Map<string, Weight | View | null>([
    ['model.embed_tokens.weight', model.embedding],
    ['model.norm.weight', model.finalNorm],
    ['lm_head.weight', model.head],
  ]);
  model.blocks.forEach((block, layer) => {
    const path = `model.layers.${layer}`;
    values.set(`${path}.input_layernorm.weight`, block.inputNorm);
    values.set(`${path}.post_attention_layernorm.weight`, block.postAttentionNorm);
    values.set(`${path}.self_attn.q_norm.weight`, block.qNorm);
    values.set(`${path}.self_attn.k_norm.weight`, block.kNorm);
    for (const name of linearNames) {
      const { weight, bias } = block.linears[name];
      values.set(`${linearPath(layer, name)}.weight`, weight);
      values.set(`${linearPath(layer, name)}.bias`, bias);
    }
  });
  return wantedTensors(model.config).map(({ name, shape }) => {
    const value = values.get(name);
    assert(value, `the model has no ${name}`);
    return { name, shape, value };
  });
}

/** The tensors behind a parameter: one, or several where it is too large for one binding. */
export const viewsOf = (value: Weight | View): View[] =>
  isWeight(value) ? value.parts.map((part) => part.values) : [value];

export const elementsOf = (parameters: readonly ModelParameter[]): number =>
  parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
