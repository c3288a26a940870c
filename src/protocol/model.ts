import type { MemoryForecast, WeightDtype } from './memory';

/** Where a model folder is read from. File names are those of Hugging Face, relative to the folder. */
export type ModelSource =
  | { kind: 'url'; /** Ends in a slash. */ baseUrl: string; name: string }
  | { kind: 'files'; files: File[]; name: string }
  | HubSource
  | { kind: 'zip'; file: File; name: string };

/**
 * A repository of a Hugging Face hub. A token for it is no part of it, so that a source can be kept and shown: it goes to
 * the workers by `setHubToken`.
 */
export interface HubSource {
  kind: 'hub';
  /** `org/name`. */
  repository: string;
  /** Branch, tag or commit. */
  revision: string;
  /** Address of the hub, a mirror of it or a local server, for example `https://huggingface.co`. */
  endpoint: string;
  name: string;
  /** The full commit, where it is known already: nothing is looked up then. */
  commit?: string;
}

/** A model that was downloaded from a hub and is kept by the browser, whole or in part. */
export interface CachedModel {
  /** Names it to `deleteCachedModel` (storage/modelCache.ts). */
  id: string;
  /** Address of the hub it came from. */
  endpoint: string;
  /** `org/name`. */
  repository: string;
  /** The branch or tag that was asked for, or the commit itself. */
  revision: string;
  commit: string;
  /** Bytes on disk, of unfinished files too. Files that two models share count for both. */
  bytes: number;
  /** What the whole model takes. */
  totalBytes: number;
  /** Names of its finished files. */
  files: string[];
  /** Whether it opens without a network. */
  complete: boolean;
  /** Milliseconds since 1970. */
  lastUsed: number;
}

export interface LoadProgress {
  phase: 'download' | 'load' | 'compile';
  loadedBytes: number;
  /** 0 while unknown. */
  totalBytes: number;
  /** What is being read, for example a tensor's name. */
  detail: string;
}

/** What the engine knows of a loaded model. */
export interface ModelFacts {
  name: string;
  architecture: string;
  parameters: number;
  /** Of the first values of every tensor as they were read, 64 hexadecimal digits: tells models of one name and shape apart. */
  fingerprint: string;
  /** How the weights are stored in the file. */
  dtype: string;
  /** How the matrices are held on the device, why so, and the bytes of all weights there. */
  weightDtype: WeightDtype;
  weightReason: string;
  weightBytes: number;
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  tiedEmbeddings: boolean;
  maxPositions: number;
  /** PEFT names of the linear modules that an adapter can target. */
  linearModules: string[];
  /** Ids that end an answer (generation_config, then config). */
  eosTokenIds: number[];
}

/** What a model folder says of itself without its weights being read. */
export interface ModelInspection {
  name: string;
  architecture: string;
  parameters: number;
  /** How the weights are stored in the file. */
  dtype: string;
  vocabSize: number;
  tiedEmbeddings: boolean;
  memory: MemoryForecast;
}

/** What the data wing knows of a model: its tokenizer and template. */
export interface TokenizerFacts {
  vocabSize: number;
  hasChatTemplate: boolean;
  /** Known training template the model's own was recognised as, for example `qwen2.5`; null when unknown. */
  templateFamily: string | null;
  eosToken: string | null;
  padToken: string | null;
  specialTokens: { id: number; text: string }[];
}
