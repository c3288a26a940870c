import type { Recipe } from '../recipe/schema';

/** How a model's matrices are held on the device. */
export type WeightDtype = Exclude<Recipe['model']['dtype'], 'auto'>;

/**
 * What holds memory in a run. Weights are the model's (in full fine-tuning they are what is trained), the optimizer's are its
 * moments, logits are blocks of columns of the head's output, cache is keys and values while a sample is answered.
 */
export type MemoryPart = 'weights' | 'adapter' | 'gradients' | 'optimizer' | 'activations' | 'logits' | 'cache';

/** Bytes on the device at the moment of a run at which most is held. */
export type MemoryParts = Record<MemoryPart, number>;

/** Lengths of the rows of a split, after truncation: row i has `tokens[i]`, and `supervised[i]` of them (at most) are learned. */
export interface RowSizes {
  tokens: Uint32Array;
  supervised: Uint32Array;
}

/** The rows of a run, as far as memory depends on them. `validation` null: none are evaluated. */
export interface RunRows {
  train: RowSizes;
  validation: RowSizes | null;
}

/** What a run would need. */
export interface MemoryForecast {
  weightDtype: WeightDtype;
  /** One sentence: why so. */
  weightReason: string;
  parts: MemoryParts;
  total: number;
  /** Keys and values of a sample's answer (longest prompt, `generation.max_new_tokens`), which `parts` counts only if they decide the peak. */
  kvCacheBytes: number;
  /** What the device gives a page, as far as it tells (engine/memory/deviceMemory). */
  availableBytes: number;
  /** Fits: at most three quarters of what there is. */
  verdict: 'fits' | 'tight' | 'too-large';
}

/** Memory of the device, measured. */
export interface MemoryFacts {
  /** Tensors alive (tf.memory().numTensors). */
  tensors: number;
  /** Bytes those tensors hold on the device. */
  deviceBytes: number;
  /** The most that they held since the device was opened, or since `resetPeakMemory`. */
  peakDeviceBytes: number;
  /** Bytes taken from the system, buffers kept for later use among them. */
  reservedBytes: number;
}

/** Settings under which a run fits. */
export interface FitSuggestion {
  /** Path in the recipe → value, in the order in which they were given up: the least harm first. */
  changes: { path: string; from: unknown; to: unknown; /** One sentence: what it costs. */ consequence: string }[];
  forecast: MemoryForecast;
}
