import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import type { Weight, WeightFormat } from '../../kernels/weights/weight';
import { assert } from '../../lib/errors';
import { matrixFormat } from './matrixFormat';
import type { BlockWeights, Linear } from './model';
import { linearNames, linearPath, type LinearName, type ModelConfig } from './modelConfig';
import { embeddingName, headName, wantedTensors } from './weights';

/** Every tensor of a model on the device, by its name. */
export interface ModelTensors {
  /** Norm weights and biases, f32. */
  vectors: Map<string, View>;
  matrices: Map<string, Weight>;
  dispose(): void;
}

/** Room for a model's matrices, values not set yet; vectors are added when they are read. Where it does not fit, nothing is kept. */
export function allocateTensors(kernels: Kernels, config: ModelConfig, format: WeightFormat): ModelTensors {
  const vectors = new Map<string, View>();
  const matrices = new Map<string, Weight>();
  const dispose = (): void => {
    for (const view of vectors.values()) view.storage.dispose();
    for (const weight of matrices.values()) kernels.disposeWeight(weight);
    vectors.clear();
    matrices.clear();
  };
  try {
    for (const { name, shape } of wantedTensors(config)) {
      const [rows = 0, columns] = shape;
      if (columns !== undefined) matrices.set(name, kernels.createWeight(matrixFormat(name, format), [rows, columns]));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { vectors, matrices, dispose };
}

/** Uploads outside of the caller's tidy scope: what belongs to a model outlives every scope. */
export function uploadKept(kernels: Kernels, values: Float32Array, shape: readonly number[]): View {
  const view = kernels.upload(values, shape);
  tf.keep(view.storage);
  return view;
}

/** The tensors by their places in a model. */
export function placeTensors(config: ModelConfig, { vectors, matrices }: ModelTensors) {
  const vector = (name: string): View => found(vectors, name);
  const matrix = (name: string): Weight => found(matrices, name);
  const embedding = matrix(embeddingName);
  return {
    embedding,
    blocks: Array.from({ length: config.layers }, (_, layer) => blockWeights(config, layer, vector, matrix)),
    finalNorm: vector('model.norm.weight'),
    head: config.tiedEmbeddings ? embedding : matrix(headName),
  };
}

function found<T>(tensors: ReadonlyMap<string, T>, name: string): T {
  const value = tensors.get(name);
  assert(value, `weight ${name} was not loaded`);
  return value;
}

function blockWeights(
  config: ModelConfig,
  layer: number,
  vector: (name: string) => View,
  matrix: (name: string) => Weight,
): BlockWeights {
  const block = `model.layers.${layer}`;
  const linear = (name: LinearName): Linear => {
    const path = linearPath(layer, name);
    const bias = config.biases.has(name) ? vector(`${path}.bias`) : null;
    return { path, weight: matrix(`${path}.weight`), bias };
  };
  return {
    inputNorm: vector(`${block}.input_layernorm.weight`),
    postAttentionNorm: vector(`${block}.post_attention_layernorm.weight`),
    slides: config.slidingWindow?.layers.has(layer) ?? false,
    qNorm: config.qkNorm ? vector(`${block}.self_attn.q_norm.weight`) : null,
    kNorm: config.qkNorm ? vector(`${block}.self_attn.k_norm.weight`) : null,
    linears: Object.fromEntries(linearNames.map((name) => [name, linear(name)])) as Record<LinearName, Linear>,
  };
}
