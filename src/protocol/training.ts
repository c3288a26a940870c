import type { ErrorRecord } from '../lib/errors';
import type { Recipe } from '../recipe/schema';
import type { ExampleTable } from './example';
import type { KeepRequest, RunControlKind } from './run';

/** Events of a run: the JSON lines of the command line (contract.md), and what the page draws. */
export type TrainEventBody =
  | {
      event: 'start';
      backend: string;
      adapter: string;
      trainable_parameters: number;
      rows: number;
      steps: number;
      recipe_hash: string;
      data_hash: string;
    }
  | {
      event: 'step';
      step: number;
      epoch: number;
      loss: number;
      grad_norm: number;
      learning_rate: number;
      supervised_tokens: number;
      tokens: number;
      ms: number;
    }
  | { event: 'eval'; step: number; loss: number; perplexity: number; token_accuracy: number }
  | { event: 'sample'; step: number; row: number; prompt: string; expected: string; generated: string }
  | { event: 'checkpoint'; step: number; path: string }
  | { event: 'warning'; code: string; message: string }
  | { event: 'end'; reason: 'completed' | 'early_stopping' | 'stopped'; steps: number; best_step: number | null };

/** A prompt whose answer is shown anew every `sample_steps`. */
export interface SamplePrompt {
  row: number;
  prompt: string;
  promptIds: number[];
  expected: string;
}

/** Files of an adapter or model folder, by name. */
export interface FolderFile {
  name: string;
  bytes: Uint8Array;
}

/** A file of a folder that is read in ranges. */
export interface ExportedFile {
  name: string;
  sizeBytes: number;
}

export interface TrainRequest {
  runId: string;
  recipe: Recipe;
  train: ExampleTable;
  validation: ExampleTable | null;
  samples: SamplePrompt[];
  /** Hash of the data file (DatasetSummary.dataHash). */
  dataHash: string;
  /** Start from this PEFT adapter instead of a fresh one. */
  adapter: FolderFile[] | null;
  /** Continue from this checkpoint, as if the run had never stopped. */
  checkpoint: Uint8Array | null;
  /** Keep the run in this browser's storage, checkpoints and all, so that `resumeRun` can continue it; absent or null: the caller keeps it. */
  keep?: KeepRequest | null;
  /** Rows of the validation set of which samples are chosen at the first evaluation; [] or absent: `samples` are all. */
  samplePool?: SamplePrompt[];
  /** Train on labels shuffled among the supervised positions of all rows, seeded: a run that must not learn. */
  control?: RunControlKind | null;
}

export interface TrainResult {
  reason: 'completed' | 'early_stopping' | 'stopped' | 'discarded';
  steps: number;
  bestStep: number | null;
}

/** `stop` ends at the next step and keeps what was learned; `discard` ends at once, and what was tuned is what it was before. */
export type RunControl = 'pause' | 'resume' | 'stop' | 'discard';

export interface ScoreRequest {
  examples: ExampleTable;
  batchSize: number;
  /** Score with the base weights (false) or the current adapter (true). */
  useAdapter: boolean;
}

export interface ScoreResult {
  loss: number;
  perplexity: number;
  token_accuracy: number;
  supervised_tokens: number;
  rows: { row: number; loss: number; supervised_tokens: number; token_losses: number[] }[];
}

export interface GenerateRequest {
  id: string;
  promptIds: number[];
  useAdapter: boolean;
  max_new_tokens: number;
  /** 0 is greedy. */
  temperature: number;
  top_p: number;
  top_k: number;
  min_p: number;
  repetition_penalty: number;
  seed: number | null;
  stopStrings: string[];
}

export interface GenerateResult {
  ids: number[];
  text: string;
  stop_reason: 'eos' | 'stop_string' | 'length' | 'stopped';
  /** Decode only, prefill excluded. */
  tokens_per_second: number;
  prefill_ms: number;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; error: ErrorRecord };
