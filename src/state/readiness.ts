/** Whether a run can start, and if not, why: the sentence beside the primary button. Pure. */
import { conflictsOf } from '../recipe/conflicts';
import type { DatasetSummary } from '../protocol/rows';
import type { Recipe } from '../recipe/schema';
import { countSteps } from '../recipe/steps';
import type { DatasetStatus } from './datasetStore';
import type { DeviceStatus } from './deviceStore';
import { plural } from './format';
import type { HeldOut } from './heldOutStore';
import type { TokenizerStatus, WeightsStatus } from './modelStore';

export interface Facts {
  device: DeviceStatus;
  weights: WeightsStatus;
  tokenizer: TokenizerStatus;
  dataset: DatasetStatus;
  recipe: Recipe;
  /** The file that is held out for validation, or that was tried. */
  validation?: HeldOut | null;
  /** Another tab of this page trains. */
  otherTab?: boolean;
}

export type Readiness =
  | { ready: true; steps: number; rows: number; packs: number | null; exact: boolean }
  | { ready: false; waiting: boolean; reason: string };

const no = (reason: string, waiting = false): Readiness => ({ ready: false, waiting, reason });

/**
 * Optimizer steps of a run, counted as the engine counts them: over rows, or with `training.packing` over packs. Packs that
 * nobody has counted are estimated from the tokens (`exact` false): packs are all but full, so the estimate is a little low.
 */
export function plannedSteps(
  summary: DatasetSummary,
  { training }: Recipe,
): { steps: number; packs: number | null; exact: boolean } {
  const { trainRows: rows, trainPacks, tokens, usableRows } = summary;
  const stepsOver = (units: number): number => countSteps(Math.max(1, units), training).steps;
  if (!training.packing) return { steps: stepsOver(rows), packs: null, exact: true };
  if (trainPacks !== undefined) return { steps: stepsOver(trainPacks), packs: trainPacks, exact: true };
  const guess = Math.ceil((tokens * rows) / Math.max(1, usableRows) / training.max_length);
  return { steps: stepsOver(Math.min(rows, guess)), packs: null, exact: training.max_steps > 0 };
}

/** The first thing that keeps a run from starting, in the order a person would meet it. */
export function readiness({
  device,
  weights,
  tokenizer,
  dataset,
  recipe,
  validation,
  otherTab = false,
}: Facts): Readiness {
  if (device.kind === 'opening') return no('finding out what this machine can do', true);
  if (device.kind === 'failed') return no('nothing here can compute');
  if (tokenizer.kind === 'failed' || weights.kind === 'failed') return no('the model could not be loaded');
  if (weights.kind === 'cancelled') return no('no model is loaded; choose one');
  if (weights.kind !== 'ready' || tokenizer.kind !== 'ready') return no('the model is loading', true);
  const [conflict] = conflictsOf(recipe);
  if (conflict) return no(conflict.message);
  if (dataset.kind === 'empty') return no('no data yet; drop a file or open a sample');
  if (dataset.kind === 'reading') return no(`reading ${dataset.fileName}`, true);
  if (dataset.kind === 'failed') return no(`${dataset.fileName} could not be read`);
  const { summary } = dataset;
  if (dataset.refusal) return no(dataset.refusal.message);
  if (dataset.relabelling) return no('labelling the rows under the new recipe', true);
  if (validation?.status.kind === 'reading') return no(`reading ${validation.file.name}`, true);
  if (validation?.status.kind === 'failed' && validation.file.name === recipe.dataset.validation)
    return no(`${validation.file.name} could not be read; choose other validation rows under “Rows used”`);
  if (summary.usableRows === 0) return no(summary.rows === 0 ? 'the file has no rows' : 'no row can be used');
  if (summary.brokenRows > recipe.dataset.max_rows_in_error) {
    return no(
      `${plural(summary.brokenRows, 'row')} ${summary.brokenRows === 1 ? 'is' : 'are'} broken; fix the file, or agree to train without them`,
    );
  }
  if (summary.blocker) return no(summary.blocker.message);
  if (summary.trainedTokens === 0) return no('every token is masked, so there is nothing to learn');
  if (otherTab) return no('another tab of this page is training', true);
  return { ready: true, rows: summary.trainRows, ...plannedSteps(summary, recipe) };
}

/** "Ready: 60 steps over 96 rows", "Ready: 12 steps over 96 rows in 23 packs". */
export function readinessText(state: Readiness): string {
  if (!state.ready) return `Not ready: ${state.reason}`;
  const { steps, rows, packs, exact } = state;
  const inPacks = packs === null ? '' : ` in ${plural(packs, 'pack')}`;
  return `Ready: ${exact ? '' : 'about '}${plural(steps, 'step')} over ${plural(rows, 'row')}${inPacks}`;
}
