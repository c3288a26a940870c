import { SizeBackend, type Allocation } from '../../kernels/sizing/sizeBackend';
import { createSizingKernels, logitsPurpose } from '../../kernels/sizing/sizingKernels';
import type { WeightFormat } from '../../kernels/weights/weight';
import { sizeOf } from '../../kernels/runtime/view';
import type { BackendName } from '../../protocol/device';
import type { MemoryParts } from '../../protocol/memory';
import type { Recipe } from '../../recipe/schema';
import { createLora } from '../adapters/lora';
import { buildBatch, type Batch } from '../batch/buildBatch';
import { createFullTrainable } from '../full/fullTrainable';
import { growingRope } from '../model/growingRope';
import type { Model } from '../model/model';
import type { ModelConfig } from '../model/modelConfig';
import { allocateTensors, placeTensors, uploadKept } from '../model/modelTensors';
import { wantedTensors } from '../model/weights';
import { free } from '../scope';
import { evaluateMicroBatch, trainMicroBatch } from '../train/microBatch';
import { createMoments, freeMoments } from '../train/moments';
import { gradientSumSquares, updateParameters } from '../train/updateAdapter';

/** How the backends allocate: WASM in pieces of 64 bytes; WebGPU gives memory back when work is submitted (runtime/webgpuRunner). */
const allocations: Record<BackendName, Allocation> = {
  wasm: { roundTo: 64, submitEvery: 0 },
  webgpu: { roundTo: 4, submitEvery: 32 },
};

/**
 * Bytes on the device at the moment of a run at which most is held, by what holds them: an optimizer step on rows of
 * `max_length` tokens that are all supervised, and an evaluation. Nothing is estimated by a formula: the engine's own code is run
 * with kernels that only count (kernels/sizing), so weights, adapter, gradients and moments are exact, and activations follow
 * whatever the engine keeps. What a backend takes for itself inside of one call is left out.
 * Throws what the run would throw: `recipe/target-modules`, `recipe/full-dtype`, …
 */
export function forecastParts(
  config: ModelConfig,
  recipe: Recipe,
  format: WeightFormat,
  device: BackendName,
): MemoryParts {
  const backend = new SizeBackend(allocations[device]);
  const { training } = recipe;
  backend.purpose = 'weights';
  const model = sizedModel(backend, config, format);
  backend.purpose = 'adapter';
  const lora = recipe.adapter.kind === 'lora' ? createLora(model, recipe.adapter, { empty: true }) : null;
  const trained = lora ?? createFullTrainable(model);
  backend.purpose = 'gradients';
  trained.startTraining();
  backend.purpose = 'optimizer';
  const moments = createMoments(model.kernels, trained, recipe);
  backend.purpose = 'activations';
  const length = Math.min(training.max_length, config.maxPositions);
  const batch = longestBatch(training.per_device_train_batch_size, length);
  const smoothing = training.label_smoothing_factor;
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
  backend.submit();
  if (training.eval_strategy !== 'no')
    free(
      evaluateMicroBatch(model, trained.lora, longestBatch(training.per_device_eval_batch_size, length), { smoothing }),
    );
  freeMoments(moments);
  trained.stopTraining();
  lora?.dispose();
  model.dispose();
  const peak = backend.peak();
  const bytes = (purpose: string): number => peak.get(purpose) ?? 0;
  return {
    weights: bytes('weights'),
    adapter: bytes('adapter'),
    gradients: bytes('gradients'),
    optimizer: bytes('optimizer'),
    activations: bytes('activations'),
    logits: bytes(logitsPurpose),
  };
}

/** A model without numbers. */
function sizedModel(backend: SizeBackend, config: ModelConfig, format: WeightFormat): Model {
  const kernels = createSizingKernels(backend);
  const tensors = allocateTensors(kernels, config, format);
  for (const { name, shape } of wantedTensors(config))
    if (shape.length === 1) tensors.vectors.set(name, uploadKept(kernels, new Float32Array(sizeOf(shape)), shape));
  backend.purpose = 'activations';
  const rope = growingRope(kernels, config);
  rope.tables(1);
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

/** `rows` rows of `length` tokens, each a target. */
function longestBatch(rows: number, length: number): Batch {
  const tokens = new Int32Array(length);
  return buildBatch(
    Array.from({ length: rows }, (_, row) => ({ row, inputIds: tokens, labels: tokens })),
    1,
  );
}
