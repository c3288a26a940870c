import type { Recipe } from '../recipe/schema';

/** How a model's matrices are held on the device. */
export type WeightDtype = Exclude<Recipe['model']['dtype'], 'auto'>;

/** Bytes on the device by what holds them, at the moment of a training step at which most is held. */
export interface MemoryParts {
  /** The model, whose numbers stand still; in full fine-tuning they are what is trained. */
  weights: number;
  adapter: number;
  gradients: number;
  /** Moments of the optimizer. */
  optimizer: number;
  activations: number;
  /** Blocks of logits and what the loss keeps of them. */
  logits: number;
}

/** What a run would need. */
export interface MemoryForecast {
  weightDtype: WeightDtype;
  /** One sentence: why so. */
  weightReason: string;
  parts: MemoryParts;
  total: number;
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
}
