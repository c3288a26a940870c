import { TunesmithError } from '../../lib/errors';
import { Random } from '../../lib/random';
import type { ExampleTable } from '../../protocol/example';
import type { Recipe } from '../../recipe/schema';

/** How a run is cut into steps, counted as transformers' Trainer counts them. */
export interface Plan {
  rows: number;
  batchSize: number;
  accumulation: number;
  microBatchesPerEpoch: number;
  stepsPerEpoch: number;
  /** Optimizer steps of the whole run. */
  steps: number;
}

/** Throws `train/no-rows` for an empty table. */
export function planRun(table: ExampleTable, { training }: Recipe): Plan {
  const rows = table.rows.length;
  if (rows === 0)
    throw new TunesmithError(
      'train/no-rows',
      'training data: at least one usable row is needed, got none; see the rows that were refused',
    );
  const batchSize = training.per_device_train_batch_size;
  const accumulation = training.gradient_accumulation_steps;
  const microBatchesPerEpoch = Math.ceil(rows / batchSize);
  const stepsPerEpoch = Math.ceil(microBatchesPerEpoch / accumulation);
  const steps = training.max_steps > 0 ? training.max_steps : Math.ceil(training.num_train_epochs * stepsPerEpoch);
  return { rows, batchSize, accumulation, microBatchesPerEpoch, stepsPerEpoch, steps };
}

/** Stream of the shuffling numbers; other uses of the run's seed have other streams. */
const shuffleStream = 7;

/** Order of the rows in an epoch (from 0): depends on seed and epoch only, so a resumed run needs no saved state for it. */
export function epochOrder(rows: number, epoch: number, { dataset, training }: Recipe): Uint32Array {
  if (!dataset.shuffle) return Uint32Array.from({ length: rows }, (_, index) => index);
  return new Random(training.seed, shuffleStream + 1000 * (epoch + 1)).permutation(rows);
}

/** The micro-batches of step `step` (from 0), as indices into the table; the last window of an epoch may be short. */
export function stepWindow(plan: Plan, step: number, order: Uint32Array): Uint32Array[] {
  const first = (step % plan.stepsPerEpoch) * plan.accumulation;
  const last = Math.min(first + plan.accumulation, plan.microBatchesPerEpoch);
  return Array.from({ length: last - first }, (_, index) => {
    const start = (first + index) * plan.batchSize;
    return order.subarray(start, Math.min(start + plan.batchSize, plan.rows));
  });
}
