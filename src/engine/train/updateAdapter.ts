import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import { TunesmithError, assert } from '../../lib/errors';
import type { Recipe } from '../../recipe/schema';
import type { LoraAdapter } from '../adapters/lora';
import type { RunState } from './runState';

type Training = Recipe['training'];

/** Moments that an optimizer keeps: AdamW's m and v, Lion's m. */
export const momentsOf = (optim: Training['optim']): number => ({ adamw: 2, adamw_8bit: 2, lion: 1, sgd: 0 })[optim];

/**
 * One step of recipe.training.optim, *in place* on the adapter and the moments of `state`; the formulas stand at
 * {@link Kernels}. `sumSquares` [1] of all gradients decides the clipping. Lion takes its betas from adam_beta1 and
 * adam_beta2, as transformers' `lion_32bit` does. `step`: 1 for the first.
 */
export function updateAdapter(
  kernels: Kernels,
  adapter: LoraAdapter,
  state: Pick<RunState, 'firstMoments' | 'secondMoments'>,
  sumSquares: View,
  training: Training,
  learningRate: number,
  step: number,
): void {
  const { values, gradients } = adapter;
  const { firstMoments, secondMoments } = state;
  assert(gradients, 'the adapter is not in training');
  const options = {
    learningRate,
    beta1: training.adam_beta1,
    beta2: training.adam_beta2,
    epsilon: training.adam_epsilon,
    weightDecay: training.weight_decay,
    maxNorm: training.max_grad_norm,
    step,
  };
  switch (training.optim) {
    case 'sgd':
      kernels.sgd(values, gradients, sumSquares, options);
      return;
    case 'lion':
      assert(firstMoments, 'Lion needs its moments');
      kernels.lion(values, gradients, firstMoments, sumSquares, options);
      return;
    case 'adamw':
      assert(firstMoments && secondMoments, 'AdamW needs its moments');
      kernels.adamw(values, gradients, firstMoments, secondMoments, sumSquares, options);
      return;
    case 'adamw_8bit':
      throw new TunesmithError('recipe/not-yet', 'training.optim: must be "adamw", "sgd" or "lion", got "adamw_8bit"');
  }
}
