import type { Recipe } from '../recipe/schema';
import type { BackendChoice, DeviceFacts } from './device';
import type { ExampleTable } from './example';
import type { FitSuggestion, MemoryFacts, MemoryForecast, RunRows } from './memory';
import type { LoadProgress, ModelFacts, ModelInspection, ModelSource } from './model';
import type { GradientCheckResult, Pace, ResumeRequest, RunEvent } from './run';
import type {
  ExportedFile,
  FolderFile,
  GenerateRequest,
  GenerateResult,
  RunControl,
  ScoreRequest,
  ScoreResult,
  TrainRequest,
  TrainResult,
} from './training';

export interface LoadChoice {
  /** How matrices are held (recipe `model.dtype`); `auto`, the default, goes by the device's memory. */
  dtype?: Recipe['model']['dtype'];
}

/**
 * `workers/compute.worker.ts`: owns the device, the model and the adapter. Callbacks are comlink proxies.
 * Calls that use the device wait for each other; chat during a run is served between two steps.
 * Errors keep code, message and data across the thread (lib/errors + the comlink handler).
 */
export interface ComputeApi {
  /** Opens the device; later calls with the same choice return the same facts. */
  openDevice(choice: BackendChoice): Promise<DeviceFacts>;
  /**
   * The access token for a hub (null: none). Held in this worker's memory only, and sent to that hub's own origin only.
   * Both workers need it before they open a model of a private repository. Throws `model/bad-token`.
   */
  setHubToken(endpoint: string, token: string | null): Promise<void>;
  /**
   * Loads a model in place of the present one, which is freed first; a load that fails or is cancelled leaves none. Progress
   * comes at most ten times a second. Errors: `model/*`, `device/none`, `train/busy`.
   */
  loadModel(source: ModelSource, choice: LoadChoice, onProgress: (progress: LoadProgress) => void): Promise<ModelFacts>;
  /** Ends the load that is under way, or waiting, with `model/cancelled`; without one nothing happens. */
  cancelLoad(): Promise<void>;
  /** What a model folder holds and what a run would need, from config.json and the heads of its weight files alone. */
  inspectModel(source: ModelSource, recipe: Recipe): Promise<ModelInspection>;
  /**
   * What a run would need of a model that is known by its config.json only; null: of the loaded one, as it is loaded where
   * `model.dtype` is `auto`. On these rows; without them every row is taken to have `max_length` tokens, all learned. Both verbs
   * need an open device, whose memory decides `auto`. Errors: `model/config`, `model/unsupported`, `model/none`, `recipe/*`.
   */
  forecastMemory(config: unknown, recipe: Recipe, rows?: RunRows | null): Promise<MemoryForecast>;
  /** The settings closest to `recipe` that fit; null where none does, or where it fits as it is. As `forecastMemory` otherwise. */
  suggestFit(config: unknown, recipe: Recipe, rows?: RunRows | null): Promise<FitSuggestion | null>;
  /** Use at most so many bytes of the device (null: what there is); more fails as a full device does. Forecasts go by it. */
  limitMemory(bytes: number | null): Promise<void>;
  /**
   * Runs to the end, or until stopped. The adapter stays loaded for chat, scoring and export. When the device is lost, a new one
   * is opened and the run goes on from its last checkpoint. Errors: `train/*`, `train/other-tab` while another tab trains,
   * `device/out-of-memory` (data: `neededBytes`), `checkpoint/*`, `recipe/*`.
   */
  train(request: TrainRequest, onEvent: (events: RunEvent[]) => void): Promise<TrainResult>;
  /**
   * Continues a run that storage keeps, from its rows and its newest whole checkpoint; its model must be loaded. The losses that
   * follow are, on the same device, those of a run that never stopped. Errors: those of `train`, `run/none`, `run/other-model`,
   * `run/damaged`.
   */
  resumeRun(request: ResumeRequest, onEvent: (events: RunEvent[]) => void): Promise<TrainResult>;
  /** How much of the device runs take, from the next slice on. Default `full`. */
  setPace(pace: Pace): Promise<void>;
  /** The name of a Web Lock that this worker holds until it ends, by which the page sees its death; null without Web Locks. */
  aliveLock(): Promise<string | null>;
  /**
   * Finite differences of the loss against backpropagation, on this device, with a fresh adapter by `recipe` over the first rows
   * of `examples`. What is tuned stays as it is. Errors: `train/busy`, `train/no-rows`, `recipe/full-adapter`.
   */
  checkGradients(
    request: { recipe: Recipe; examples: ExampleTable },
    onProgress: (done: number, total: number) => void,
  ): Promise<GradientCheckResult>;
  control(runId: string, control: RunControl): Promise<void>;
  /** The newest checkpoint of the current run as bytes (taken at the next step boundary while running); null when there is none. */
  checkpoint(): Promise<Uint8Array | null>;
  score(request: ScoreRequest): Promise<ScoreResult>;
  /** `onText` gets the text so far, at most every 50 ms. */
  generate(request: GenerateRequest, onText: (text: string, tokens: number) => void): Promise<GenerateResult>;
  stopGeneration(id: string): Promise<void>;
  /** Whether there is something tuned: an adapter, or all weights. */
  hasAdapter(): Promise<boolean>;
  /** What is tuned: an adapter beside the weights, the weights themselves (recipe `adapter.kind` "none"), or nothing. */
  tunedKind(): Promise<'adapter' | 'model' | null>;
  /** Loads a PEFT folder as the current adapter. */
  loadAdapter(files: FolderFile[]): Promise<void>;
  /**
   * Puts the whole model that a kept run has tuned (recipe `adapter.kind` "none") in place of the loaded weights, which must be
   * its base's, in f32. Errors: `run/none`, `run/no-model`, `run/damaged`, `checkpoint/*`, `recipe/full-dtype`.
   */
  loadRunModel(runId: string): Promise<void>;
  /** The base again: the adapter, or the tuned weights, are lost. */
  dropAdapter(): Promise<void>;
  /** The current adapter as a PEFT folder (rules.md, "Files that leave the studio"). */
  exportAdapter(): Promise<FolderFile[]>;
  /**
   * The fully tuned model as a Hugging Face folder (weights in F32), to be read by {@link readExport} until it changes. Errors:
   * `export/no-model`, `train/busy`.
   */
  openExport(): Promise<ExportedFile[]>;
  /** Bytes start … end − 1 of a file of the open export. Errors: `export/closed`, `export/no-file`, `export/range`. */
  readExport(name: string, start: number, end: number): Promise<Uint8Array>;
  memory(): Promise<MemoryFacts>;
  /** Begins a new measurement of the peak. */
  resetPeakMemory(): Promise<void>;
}
