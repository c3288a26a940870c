import type { Recipe } from '../recipe/schema';
import type { BackendChoice, DeviceFacts } from './device';
import type { MemoryFacts, MemoryForecast } from './memory';
import type { LoadProgress, ModelFacts, ModelInspection, ModelSource } from './model';
import type {
  ExportedFile,
  FolderFile,
  GenerateRequest,
  GenerateResult,
  RunControl,
  ScoreRequest,
  ScoreResult,
  TrainEvent,
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
   * What a run would need of a model that is known by its config.json only. Both verbs need an open device, whose memory decides
   * `auto`. Errors: `model/config`, `model/unsupported`, `recipe/*`.
   */
  forecastMemory(config: unknown, recipe: Recipe): Promise<MemoryForecast>;
  /** Runs to the end, or until stopped. The adapter stays loaded for chat, scoring and export. */
  train(request: TrainRequest, onEvent: (events: TrainEvent[]) => void): Promise<TrainResult>;
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
