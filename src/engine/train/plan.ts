import { TunesmithError } from '../../lib/errors';
import { Random } from '../../lib/random';
import type { ExampleTable } from '../../protocol/example';
import { packRows } from '../../recipe/packing';
import type { Recipe } from '../../recipe/schema';
import { countSteps, type StepCount } from '../../recipe/steps';

/**
 * How a run is cut into steps. Its units are rows, or packs of rows where the recipe says `packing`; a micro-batch is
 * `per_device_train_batch_size` units. Packs depend on the rows' lengths and `max_length` only, so they are the same in every
 * epoch and in a resumed run, and an epoch is always as many steps; what changes from epoch to epoch is their order.
 */
export interface Plan extends StepCount {
  rows: number;
  /** Indices of each pack's rows; null: every row by itself. */
  packs: readonly Uint32Array[] | null;
  /** Packs, or rows. */
  units: number;
  batchSize: number;
  accumulation: number;
}

/** Throws `train/no-rows` for an empty table, `train/bad-length` for a row that no pack can hold. */
export function planRun(table: ExampleTable, { training }: Recipe): Plan {
  const rows = table.rows.length;
  if (rows === 0)
    throw new TunesmithError(
      'train/no-rows',
      'training data: at least one usable row is needed, got none; see the rows that were refused',
    );
  const packs = training.packing ? packRows(lengthsOf(table), training.max_length) : null;
  const units = packs?.length ?? rows;
  return {
    rows,
    packs,
    units,
    batchSize: training.per_device_train_batch_size,
    accumulation: training.gradient_accumulation_steps,
    ...countSteps(units, training),
  };
}

const lengthsOf = ({ rows, offsets }: ExampleTable): Uint32Array =>
  Uint32Array.from(rows, (_, index) => (offsets[index + 1] ?? 0) - (offsets[index] ?? 0));

/** Stream of the shuffling numbers; other uses of the run's seed have other streams. */
const shuffleStream = 7;

/**
 * Order of `units` rows or packs in an epoch (from 0): depends on seed and epoch only, so a resumed run needs no saved state
 * for it. Without shuffling rows come as in the table; packs as TRL lays them, the longest rows of a window first.
 */
export function epochOrder(units: number, epoch: number, { dataset, training }: Recipe): Uint32Array {
  if (!dataset.shuffle) return Uint32Array.from({ length: units }, (_, index) => index);
  return new Random(training.seed, shuffleStream + 1000 * (epoch + 1)).permutation(units);
}

/** The micro-batches of step `step` (from 0), as row indices into the table; the last window of an epoch may be short. */
export function stepWindow(plan: Plan, step: number, order: Uint32Array): Uint32Array[] {
  const first = (step % plan.stepsPerEpoch) * plan.accumulation;
  const last = Math.min(first + plan.accumulation, plan.microBatchesPerEpoch);
  return Array.from({ length: last - first }, (_, index) => {
    const start = (first + index) * plan.batchSize;
    return rowsOf(plan, order.subarray(start, Math.min(start + plan.batchSize, plan.units)));
  });
}

function rowsOf({ packs }: Plan, units: Uint32Array): Uint32Array {
  if (!packs) return units;
  return Uint32Array.from(Array.from(units, (unit) => [...(packs[unit] ?? [])]).flat());
}
