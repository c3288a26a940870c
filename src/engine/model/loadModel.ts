import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import { sizeOf } from '../../kernels/runtime/view';
import type { Weight, WeightFormat } from '../../kernels/weights/weight';
import { TunesmithError, assert } from '../../lib/errors';
import type { ModelFacts } from '../../protocol/model';
import type { BlockWeights, Linear, Model } from './model';
import { linearNames, linearPath, type LinearName, type ModelConfig } from './modelConfig';
import { ropeTables } from './rope';
import { matchWeights, wantedTensors, type WeightSource } from './weights';

export interface LoadOptions {
  name: string;
  /** How matrices are held; default f32. */
  format?: WeightFormat;
  /** After each tensor: singles on the device so far, of all. */
  onProgress?: (loadedBytes: number, totalBytes: number, tensor: string) => void;
}

/**
 * Puts a model's weights on the device, one tensor at a time: matrices in `format`, norms and biases as f32. Names, shapes and dtypes are checked first. Throws
 * `model/weights`, or `model/not-finite` naming the tensor. The model belongs to the caller: `dispose()` it.
 */
export async function loadModel(
  kernels: Kernels,
  config: ModelConfig,
  source: WeightSource,
  { name: modelName, format = 'f32', onProgress }: LoadOptions,
): Promise<Model> {
  const storedNames = matchWeights(config, source);
  const wanted = wantedTensors(config);
  const total = wanted.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  const loaded = new Map<string, View>();
  const matrices = new Map<string, Weight>();
  const disposeAll = (): void => {
    for (const view of loaded.values()) view.storage.dispose();
    for (const weight of matrices.values()) kernels.disposeWeight(weight);
    loaded.clear();
    matrices.clear();
  };
  try {
    let bytes = 0;
    for (const { name, shape } of wanted) {
      const values = await source.read(storedNames.get(name) ?? name);
      if (!allFinite(values))
        throw new TunesmithError(
          'model/not-finite',
          `weights, ${name}: every value must be finite; download the model again`,
          { path: name },
        );
      const [rows = 0, columns] = shape;
      if (columns === undefined) loaded.set(name, uploadKept(kernels, values, shape));
      else {
        const matrix = kernels.createWeight(format, [rows, columns]);
        matrices.set(name, matrix);
        kernels.writeWeight(matrix, 0, values);
      }
      bytes += 4 * values.length;
      onProgress?.(bytes, total, name);
    }
  } catch (error) {
    disposeAll();
    throw error;
  }
  const get: Lookup = {
    vector: (name) => found(loaded, name),
    matrix: (name) => found(matrices, name),
  };
  const embedding = get.matrix('model.embed_tokens.weight');
  const rope = growingRope(kernels, config);
  rope.tables(1);
  return {
    kernels,
    config,
    facts: modelFacts(config, modelName, source, total / 4),
    embedding,
    blocks: Array.from({ length: config.layers }, (_, layer) => blockWeights(config, layer, get)),
    finalNorm: get.vector('model.norm.weight'),
    head: config.tiedEmbeddings ? embedding : get.matrix('lm_head.weight'),
    rope: rope.tables,
    dispose() {
      disposeAll();
      rope.dispose();
    },
  };
}

/** x − x is NaN for infinities and NaN, and 0 for all else: one pass without a call per element. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (const value of values) sum += value - value;
  return sum === 0;
}

/** Uploads outside of the caller's tidy scope: weights outlive every scope. */
function uploadKept(kernels: Kernels, values: Float32Array, shape: readonly number[]): View {
  const view = kernels.upload(values, shape);
  tf.keep(view.storage);
  return view;
}

interface Lookup {
  vector: (name: string) => View;
  matrix: (name: string) => Weight;
}

function found<T>(loaded: ReadonlyMap<string, T>, name: string): T {
  const value = loaded.get(name);
  assert(value, `weight ${name} was not loaded`);
  return value;
}

function blockWeights(config: ModelConfig, layer: number, { vector, matrix }: Lookup): BlockWeights {
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

/** Tables for 512 positions at first, doubled when a longer sequence comes: a 128k-position model would need 64 MB at once. */
function growingRope(kernels: Kernels, config: ModelConfig) {
  let tables: { cos: View; sin: View } | null = null;
  let length = 0;
  const dispose = (): void => {
    tables?.cos.storage.dispose();
    tables?.sin.storage.dispose();
    tables = null;
  };
  return {
    dispose,
    tables: (positions: number): { cos: View; sin: View } => {
      if (positions > config.maxPositions)
        throw new TunesmithError(
          'model/too-long',
          `sequence: this model reads at most ${config.maxPositions} tokens, got ${positions}; shorten the text or lower max_length`,
        );
      if (tables && positions <= length) return tables;
      dispose();
      length = Math.min(config.maxPositions, 2 ** Math.ceil(Math.log2(Math.max(positions, 512))));
      const shape = [length, config.headSize / 2];
      const { cos, sin } = ropeTables(config.rope, config.headSize, length);
      tables = { cos: uploadKept(kernels, cos, shape), sin: uploadKept(kernels, sin, shape) };
      return tables;
    },
  };
}

function modelFacts(config: ModelConfig, name: string, source: WeightSource, parameters: number): ModelFacts {
  const dtypes = [...new Set(source.list().map((entry) => entry.dtype.toLowerCase()))];
  return {
    name,
    architecture: config.architecture,
    parameters,
    dtype: dtypes.join('+'),
    vocabSize: config.vocabSize,
    hiddenSize: config.hiddenSize,
    layers: config.layers,
    tiedEmbeddings: config.tiedEmbeddings,
    maxPositions: config.maxPositions,
    linearModules: [...linearNames],
    eosTokenIds: config.eosTokenIds,
  };
}
