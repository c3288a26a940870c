/** Whether a run can start, and if not, why: the sentence beside the primary button. Pure. */
import { conflictsOf } from '../recipe/conflicts';
import type { Recipe } from '../recipe/schema';
import type { DatasetStatus } from './datasetStore';
import type { DeviceStatus } from './deviceStore';
import { count, plural } from './format';
import type { TokenizerStatus, WeightsStatus } from './modelStore';

export interface Facts {
  device: DeviceStatus;
  weights: WeightsStatus;
  tokenizer: TokenizerStatus;
  dataset: DatasetStatus;
  recipe: Recipe;
}

export type Readiness =
  { ready: true; steps: number; rows: number } | { ready: false; waiting: boolean; reason: string };

const no = (reason: string, waiting = false): Readiness => ({ ready: false, waiting, reason });

/** Optimizer steps of a run: windows per epoch, rounded up, times epochs; or `max_steps` where it is set. */
export function plannedSteps(rows: number, recipe: Recipe): number {
  const { max_steps, num_train_epochs, per_device_train_batch_size, gradient_accumulation_steps } = recipe.training;
  if (max_steps > 0) return max_steps;
  const batches = Math.ceil(rows / per_device_train_batch_size);
  return Math.ceil(num_train_epochs * Math.max(1, Math.ceil(batches / gradient_accumulation_steps)));
}

/** The first thing that keeps a run from starting, in the order a person would meet it. */
export function readiness({ device, weights, tokenizer, dataset, recipe }: Facts): Readiness {
  if (device.kind === 'opening') return no('finding out what this machine can do', true);
  if (device.kind === 'failed') return no('nothing here can compute; see the device line');
  if (tokenizer.kind === 'failed' || weights.kind === 'failed') return no('the model could not be loaded');
  if (weights.kind !== 'ready' || tokenizer.kind !== 'ready') return no('the model is loading', true);
  const [conflict] = conflictsOf(recipe);
  if (conflict) return no(conflict.message);
  if (dataset.kind === 'empty') return no('no data yet; drop a file or open a sample');
  if (dataset.kind === 'reading') return no(`reading ${dataset.fileName}`, true);
  if (dataset.kind === 'failed') return no(`${dataset.fileName} could not be read`);
  const { summary } = dataset;
  if (dataset.refusal) return no(dataset.refusal.message);
  if (dataset.relabelling) return no('labelling the rows under the new recipe', true);
  if (summary.usableRows === 0) return no(summary.rows === 0 ? 'the file has no rows' : 'no row can be used');
  if (summary.brokenRows > recipe.dataset.max_rows_in_error) {
    return no(
      `${plural(summary.brokenRows, 'row')} ${summary.brokenRows === 1 ? 'is' : 'are'} broken; fix the file, or agree to train without them`,
    );
  }
  if (summary.blocker) return no(summary.blocker.message);
  if (summary.trainedTokens === 0) return no('every token is masked, so there is nothing to learn');
  const rows = summary.trainRows;
  return { ready: true, rows, steps: plannedSteps(rows, recipe) };
}

/** "Ready: 60 steps over 96 rows". */
export const readinessText = (state: Readiness): string =>
  state.ready ? `Ready: ${count(state.steps)} steps over ${plural(state.rows, 'row')}` : `Not ready: ${state.reason}`;
