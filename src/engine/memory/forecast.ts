import { SizeBackend } from '../../kernels/sizing/sizeBackend';
import { createSizingKernels, logitsPurpose } from '../../kernels/sizing/sizingKernels';
import type { WeightFormat } from '../../kernels/weights/weight';
import { sizeOf } from '../../kernels/runtime/view';
import type { BackendName } from '../../protocol/device';
import { ignoreLabel, type Example } from '../../protocol/example';
import type { MemoryParts, RunRows } from '../../protocol/memory';
import type { Recipe } from '../../recipe/schema';
import { createLora, type LoraAdapter } from '../adapters/lora';
import { bucketSize } from '../batch/bucket';
import { buildBatch, type Batch } from '../batch/buildBatch';
import { createFullTrainable } from '../full/fullTrainable';
import { createDecoder } from '../generate/decoder';
import { createDraws } from '../generate/draws';
import { createCache } from '../generate/keyValueCache';
import { growingRope } from '../model/growingRope';
import type { Model } from '../model/model';
import type { ModelConfig } from '../model/modelConfig';
import { allocateTensors, placeTensors, uploadKept } from '../model/modelTensors';
import { wantedTensors } from '../model/weights';
import { free } from '../scope';
import { evaluateMicroBatch, trainMicroBatch } from '../train/microBatch';
import { createMoments, freeMoments } from '../train/moments';
import { numbersAtOnce } from '../train/putNumbers';
import type { Trainable } from '../train/trainable';
import { gradientSumSquares, updateParameters } from '../train/updateAdapter';
import { largestEvalBatches, largestTrainBatches, type BatchShape } from './largestBatches';

/** Every tensor takes a multiple of so many bytes. */
const roundTo: Record<BackendName, number> = { wasm: 64, webgpu: 4 };

/** Tokens of a sample's answer that are counted: all further ones take what the last did. */
const drawnTokens = 4;

/** What a run holds at most, and the keys and values of a sample's answer. */
export interface SizedRun {
  parts: MemoryParts;
  kvCacheBytes: number;
}

/**
 * Bytes on the device at the moment of a run at which most is held, by what holds them: an optimizer step, an evaluation or the
 * answer to a sample. `rows` are those of the run; without them all have `max_length` tokens that are all supervised. Nothing is
 * estimated by a formula: the engine's own code is run with kernels that only count (kernels/sizing), so weights, adapter,
 * gradients and moments are exact, and activations follow whatever the engine keeps. What a backend takes for itself inside of
 * one call is left out. Throws what the run would throw: `recipe/target-modules`, `recipe/full-dtype`, …
 */
export function forecastParts(
  config: ModelConfig,
  recipe: Recipe,
  format: WeightFormat,
  device: BackendName,
  rows: RunRows | null = null,
): SizedRun {
  const backend = new SizeBackend(roundTo[device]);
  const { training } = recipe;
  const { train, evaluation, longest } = shapesOf(rows, recipe, config);
  backend.purpose = 'weights';
  const model = sizedModel(backend, config, format, longest);
  backend.purpose = 'adapter';
  const lora = recipe.adapter.kind === 'lora' ? createLora(model, recipe.adapter, { empty: true }) : null;
  const trained = lora ?? createFullTrainable(model);
  backend.purpose = 'gradients';
  trained.startTraining();
  backend.purpose = 'optimizer';
  const moments = createMoments(model.kernels, trained, recipe);
  backend.purpose = 'activations';
  const smoothing = training.label_smoothing_factor;
  for (const batch of train) {
    const losses = trainMicroBatch(model, trained, batch, {
      scale: 1,
      dropoutSeed: 0,
      noise: training.neftune_noise_alpha === null ? null : { alpha: training.neftune_noise_alpha, seed: 0 },
      checkpointing: training.gradient_checkpointing,
      head: { smoothing },
    });
    const sumSquares = gradientSumSquares(model.kernels, trained);
    updateParameters(model.kernels, trained, { moments }, sumSquares, recipe, 1, 1);
    free(losses, sumSquares);
  }
  for (const batch of evaluation) free(evaluateMicroBatch(model, trained.lora, batch, { smoothing }));
  if (training.load_best_model_at_end && evaluation.length > 0) putBack(backend, trained);
  const prompt = new Array<number>(Math.min(longest, config.maxPositions - 1)).fill(0);
  const limit = Math.min(recipe.generation.max_new_tokens, config.maxPositions - prompt.length);
  if (training.sample_steps !== null && training.sample_size > 0)
    answerSample(backend, model, lora, prompt, limit, recipe.generation);
  freeMoments(moments);
  trained.stopTraining();
  lora?.dispose();
  model.dispose();
  const peak = backend.peak();
  const bytes = (purpose: string): number => peak.get(purpose) ?? 0;
  return {
    parts: {
      weights: bytes('weights'),
      adapter: bytes('adapter'),
      gradients: bytes('gradients'),
      optimizer: bytes('optimizer'),
      activations: bytes('activations'),
      logits: bytes(logitsPurpose),
      cache: bytes('cache'),
    },
    kvCacheBytes: cacheBytes(device, config, prompt.length + limit),
  };
}

/** The batches of a run that can decide its peak, and its longest row. */
function shapesOf(
  rows: RunRows | null,
  recipe: Recipe,
  { maxPositions }: ModelConfig,
): { train: Batch[]; evaluation: Batch[]; longest: number } {
  const { training } = recipe;
  const length = Math.min(training.max_length, maxPositions);
  const evaluates = training.eval_strategy !== 'no';
  const full = (count: number): BatchShape => ({
    tokens: count * length,
    supervised: count * (length - 1),
    longest: length,
  });
  const { per_device_train_batch_size: batchSize, per_device_eval_batch_size: evalBatchSize } = training;
  const train = rows ? largestTrainBatches(rows.train, recipe) : [full(batchSize)];
  const held = rows?.validation;
  const evaluation = held ? largestEvalBatches(held, evalBatchSize) : rows ? [] : [full(evalBatchSize)];
  const longest = Math.max(1, ...[...train, ...evaluation].map((shape) => shape.longest));
  return { train: train.map(batchOf), evaluation: evaluates ? evaluation.map(batchOf) : [], longest };
}

/** The best values are put back at the end of a run, piece by piece: each is there twice for a moment. */
function putBack(backend: SizeBackend, { buffers }: Trainable): void {
  for (const { values } of buffers) free(backend.make([Math.min(sizeOf(values.shape), numbersAtOnce)]));
}

/** The answer to the longest prompt, by the tuned model. */
function answerSample(
  backend: SizeBackend,
  model: Model,
  lora: LoraAdapter | null,
  promptIds: readonly number[],
  limit: number,
  sampling: Recipe['generation'],
): void {
  const { kernels, config } = model;
  const capacity = promptIds.length + limit;
  model.rope(capacity);
  backend.purpose = 'cache';
  const decoder = createDecoder(model, lora, capacity);
  backend.purpose = 'activations';
  const draws = createDraws(kernels, config.vocabSize, promptIds, limit, sampling, 0);
  for (let token = 0; token < Math.min(limit, drawnTokens); token++) {
    const logits = token === 0 ? decoder.feed(promptIds) : decoder.step(draws.token);
    draws.draw(logits, token);
    free(logits);
  }
  draws.dispose();
  decoder.dispose();
}

/** Keys and values of `capacity` tokens. */
function cacheBytes(device: BackendName, config: ModelConfig, capacity: number): number {
  const backend = new SizeBackend(roundTo[device]);
  const cache = createCache(createSizingKernels(backend), config, bucketSize(capacity));
  const bytes = backend.held('');
  cache.dispose();
  return bytes;
}

/** A model without numbers. */
function sizedModel(backend: SizeBackend, config: ModelConfig, format: WeightFormat, longest: number): Model {
  const kernels = createSizingKernels(backend);
  const tensors = allocateTensors(kernels, config, format);
  for (const { name, shape } of wantedTensors(config))
    if (shape.length === 1) tensors.vectors.set(name, uploadKept(kernels, new Float32Array(sizeOf(shape)), shape));
  backend.purpose = 'activations';
  const rope = growingRope(kernels, config);
  rope.tables(longest);
  return {
    kernels,
    config,
    facts: null as never,
    ...placeTensors(config, tensors),
    rope: rope.tables,
    dispose() {
      tensors.dispose();
      rope.dispose();
    },
  };
}

/** A batch of this shape: as few rows as its longest one allows, the last tokens supervised. */
function batchOf({ tokens, supervised, longest }: BatchShape): Batch {
  let unlabelled = tokens - Math.ceil(tokens / longest) - supervised;
  const examples: Example[] = [];
  for (let left = tokens; left > 0; left -= longest) {
    const inputIds = new Int32Array(Math.min(left, longest));
    // A label on a row's first token teaches nothing.
    const masked = Math.min(Math.max(unlabelled, 0), inputIds.length - 1);
    unlabelled -= masked;
    examples.push({ row: examples.length, inputIds, labels: inputIds.map((_, t) => (t <= masked ? ignoreLabel : 0)) });
  }
  return buildBatch(examples, 1);
}
