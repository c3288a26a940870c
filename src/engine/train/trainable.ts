import type { View } from '../../kernels/runtime/view';
import type { Recipe } from '../../recipe/schema';
import type { LoraAdapter } from '../adapters/lora';
import type { ModelGradients } from '../full/gradients';

/** A buffer of P trained numbers on the device. */
export interface TrainedBuffer {
  readonly values: View;
  /** The same shape; null unless training. */
  readonly gradients: View | null;
}

/** Elements of one buffer that an optimizer treats alike. */
export interface ParameterGroup {
  /** Index of the buffer. */
  buffer: number;
  /** In elements. */
  offset: number;
  size: number;
  /** Times the step's learning rate: LoRA+'s ratio, else 1. */
  rateFactor: number;
  /** Whether weight decay holds for it; as in transformers' Trainer not for biases and norms. */
  decays: boolean;
}

/**
 * What a run trains: a LoRA adapter beside frozen weights, or all weights of the model. The loop, the optimizers and the
 * checkpoints know no more of it than this. Gradients are there between {@link startTraining} and {@link stopTraining}.
 */
export interface Trainable {
  /** Trained numbers, without gaps in the buffers. */
  readonly parameters: number;
  /** In an order that follows from model and recipe alone: checkpoints name them by index. */
  readonly buffers: readonly TrainedBuffer[];
  /** The adapter that forward passes take along; null: the model's own weights are trained. */
  readonly lora: LoraAdapter | null;
  /** Gradients of the model's own parameters while they are trained; null: they are frozen. */
  readonly weightGradients: ModelGradients | null;
  /** Disjoint parts of the buffers; what is in none of them stays as it is. `apart`: every tensor is a group of its own. */
  groups(settings: Recipe['adapter'], apart?: boolean): ParameterGroup[];
  /** To call after values were written: brings up to date what follows from them (DoRA's norms). */
  changed?(): void;
  startTraining(): void;
  stopTraining(): void;
}
