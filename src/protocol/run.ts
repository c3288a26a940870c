import type { ErrorRecord } from '../lib/errors';
import type { Recipe } from '../recipe/schema';
import type { BackendName } from './device';
import type { WeightDtype } from './memory';
import type { HubSource } from './model';
import type { TrainEventBody } from './training';

/** A model that a later visit can open by itself; null in its place: files of this computer, to be given again. */
export type KeptModelSource = { kind: 'url'; baseUrl: string; name: string } | HubSource;

/** What a run was trained on, as far as continuing it depends on it. */
export interface RunModel {
  name: string;
  source: KeptModelSource | null;
  parameters: number;
  /** That of the weights ({@link ModelFacts}); null: the run was kept before there was one. */
  fingerprint: string | null;
  weightDtype: WeightDtype;
}

/** `running` without anybody who holds {@link runLockName} of it: it was interrupted, and can be continued. */
export type RunStatusKept = 'running' | 'stopped' | 'completed' | 'early_stopping' | 'failed';

/** The run that another one was begun from, and the step of the checkpoint. */
export interface RunParent {
  runId: string;
  step: number;
}

/** Labels that were shuffled on purpose: a run that must not learn, as proof that the others do. */
export type RunControlKind = 'shuffled-labels';

/**
 * A run as storage keeps it (`run.json` in its folder). The compute worker alone writes it; a person's own words are in
 * {@link RunLabel}, which the page alone writes.
 */
export interface RunRecord {
  version: 1;
  id: string;
  /**
   * SHA-256 of the canonical JSON of {recipe, examplesHash, model: {name, commit, parameters, fingerprint, weightDtype}, control, parent}: the same configuration on the
   * same data has the same. Its first eight digits name the run.
   */
  configHash: string;
  status: RunStatusKept;
  /** Why it failed. */
  error: ErrorRecord | null;
  /** Fully resolved. */
  recipe: Recipe;
  recipeHash: string;
  /** Of the data file, and its name for a person. */
  dataHash: string;
  dataName: string;
  /** Of the labelled rows, which are kept under this name (storage/runs). */
  examplesHash: string;
  /** That of its {@link KeepRequest}; null: the run was kept before there was one. */
  changesHash: string | null;
  model: RunModel;
  device: { backend: BackendName; adapter: string };
  trainableParameters: number;
  rows: number;
  validationRows: number;
  totalSteps: number;
  /** Optimizer steps done, as of the last write. */
  steps: number;
  bestStep: number | null;
  /** Steps of the checkpoints that are kept, oldest first. */
  checkpoints: number[];
  /** Milliseconds spent training, pauses excluded. */
  trainingMs: number;
  /** The forecast of the memory it would need, and what it was at most; null while unknown. */
  forecastBytes: number | null;
  peakBytes: number | null;
  parent: RunParent | null;
  control: RunControlKind | null;
  /** Whether what it began with follows from recipe and seed alone: without any checkpoint it can then begin again. */
  startsFresh: boolean;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
}

/** What a person calls a run (`label.json`). */
export interface RunLabel {
  /** Empty: it is called by its configuration's hash. */
  name: string;
  tags: string[];
  note: string;
}

export interface KeptRun {
  record: RunRecord;
  label: RunLabel;
  /** What its folder takes on disk; rows that runs share are not counted. */
  bytes: number;
  /** Whether its adapter is there, to chat with or to take along. */
  hasAdapter: boolean;
  /** Whether the whole model that it tuned is there (recipe `adapter.kind` "none"). */
  hasModel: boolean;
}

/** What a run is doing, for a person to follow. `done` of `total` of what the phase counts (rows, tokens, bytes); total 0: unknown. */
export type RunPhase =
  | 'load' // the model, again, after the device was lost or for a run that is continued
  | 'compile'
  | 'train'
  | 'evaluate'
  | 'sample'
  | 'save'
  | 'restore';

/** Which row of the validation set a sample shows: chosen once, at the first evaluation. `asked`: the page's question. */
export type SamplePick = 'asked' | 'best' | 'worst' | 'random';

/** Events that the page draws: those of the command line, and what only a person watching needs. */
export type RunEventBody =
  | Exclude<TrainEventBody, { event: 'sample' }>
  | (Extract<TrainEventBody, { event: 'sample' }> & {
      pick: SamplePick;
      /** What the base model answers, once it has been asked; it does not change during a run. */
      base: string | null;
      /** Mean loss of the row's supervised tokens at the last evaluation; null where it was not evaluated. */
      loss: number | null;
    })
  | { event: 'phase'; phase: RunPhase; done: number; total: number }
  | { event: 'memory'; step: number; deviceBytes: number; peakDeviceBytes: number; reservedBytes: number }
  /** What came after `step` is done anew (the device was lost, or the run is continued): receivers forget it. */
  | { event: 'rewind'; step: number };

/** `runId` and `seq` order events across threads. */
export type RunEvent = RunEventBody & { runId: string; seq: number };

/** The event as the command line prints it (contract.md); null for what only the page draws. */
export function contractEvent(event: RunEventBody): TrainEventBody | null {
  switch (event.event) {
    case 'phase':
    case 'memory':
    case 'rewind':
      return null;
    case 'sample': {
      const { step, row, prompt, expected, generated } = event;
      return { event: 'sample', step, row, prompt, expected, generated };
    }
    default:
      return event;
  }
}

/** What keeps a run in storage: everything its record needs that the trainer does not know. */
export interface KeepRequest {
  dataName: string;
  /** Of all that the rows depend on beside the recipe and the data file: changes by hand, a validation file. */
  changesHash: string;
  model: RunModel;
  parent: RunParent | null;
  forecastBytes: number | null;
}

/** Continues a kept run as if it had never stopped. */
export interface ResumeRequest {
  runId: string;
  /** From this checkpoint instead of the newest one that is whole. */
  step: number | null;
}

/** How much of the device a run takes: `polite` leaves the page and other programs time between slices. */
export type Pace = 'polite' | 'full';

/** Proof, on this device, that the gradients are those of the loss. */
export interface GradientCheckResult {
  /** One for each kind of trained matrix, for example `q_proj lora_B`, and one over all (`all`). */
  parts: {
    name: string;
    /** The directional derivative by backpropagation, and by the central difference of losses. */
    analytic: number;
    numeric: number;
    /** |analytic − numeric| ÷ max(|analytic|, |numeric|). */
    relativeError: number;
    /** What rounding in float32 alone can make of it: beyond this the check has failed. */
    tolerance: number;
    passed: boolean;
  }[];
  passed: boolean;
  rows: number;
  tokens: number;
  ms: number;
}
