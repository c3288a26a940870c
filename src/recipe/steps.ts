import type { Recipe } from './schema';

/** How an epoch is cut: micro-batches, windows of accumulation, and the run's optimizer steps. */
export interface StepCount {
  microBatchesPerEpoch: number;
  stepsPerEpoch: number;
  /** Of the whole run. */
  steps: number;
}

/**
 * Steps as transformers' Trainer counts them: an epoch is ⌈⌈units ÷ batch⌉ ÷ accumulation⌉ steps, the last window short; a run
 * is ⌈epochs · steps per epoch⌉, or `max_steps` where it is set. `units` (from 1): rows, or packs with `training.packing`.
 */
export function countSteps(units: number, training: Recipe['training']): StepCount {
  const microBatchesPerEpoch = Math.ceil(units / training.per_device_train_batch_size);
  const stepsPerEpoch = Math.max(1, Math.ceil(microBatchesPerEpoch / training.gradient_accumulation_steps));
  const steps = training.max_steps > 0 ? training.max_steps : Math.ceil(training.num_train_epochs * stepsPerEpoch);
  return { microBatchesPerEpoch, stepsPerEpoch, steps };
}
