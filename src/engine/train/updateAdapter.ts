import type { Kernels } from '../../kernels/kernels';
import { sizeOf, type View } from '../../kernels/runtime/view';
import { TunesmithError, assert } from '../../lib/errors';
import type { Recipe } from '../../recipe/schema';
import type { LoraAdapter } from '../adapters/lora';
import type { RunState } from './runState';

type Training = Recipe['training'];

/** Moments that an optimizer keeps: AdamW's m and v, Lion's m. */
export const momentsOf = (optim: Training['optim']): number => ({ adamw: 2, adamw_8bit: 2, lion: 1, sgd: 0 })[optim];

/** A part of the flat buffers, and what the learning rate is there. */
interface Range {
  offset: number;
  size: number;
  learningRate: number;
}

/**
 * LoRA+ (Hayou et al. 2024): the rate of every B is `ratio` times that of A. Without it the buffer is one range; with it each
 * factor is one of its own, so that layout and checkpoints stay as they are. The gaps between them are zero and stay so.
 */
function rangesOf({ values, modules, settings: { r } }: LoraAdapter, rate: number, ratio: number | null): Range[] {
  if (ratio === null) return [{ offset: 0, size: sizeOf(values.shape), learningRate: rate }];
  return [...modules.values()].flatMap(({ aOffset, bOffset, inFeatures, outFeatures }) => [
    { offset: aOffset, size: r * inFeatures, learningRate: rate },
    { offset: bOffset, size: outFeatures * r, learningRate: rate * ratio },
  ]);
}

/**
 * One step of recipe.training.optim, *in place* on the adapter and the moments of `state`; the formulas stand at
 * {@link Kernels}. `sumSquares` [1] of all gradients decides the clipping. `learningRate` is that of A; B's is
 * recipe.adapter.loraplus_lr_ratio times it (two groups of parameters, as in PEFT's create_loraplus_optimizer), and one
 * weight decay holds for both. Lion takes its betas from adam_beta1 and adam_beta2, as transformers' `lion_32bit` does.
 * `step`: 1 for the first.
 */
export function updateAdapter(
  kernels: Kernels,
  adapter: LoraAdapter,
  state: Pick<RunState, 'firstMoments' | 'secondMoments'>,
  sumSquares: View,
  { training, adapter: { loraplus_lr_ratio: ratio } }: Recipe,
  learningRate: number,
  step: number,
): void {
  const { values, gradients } = adapter;
  const { firstMoments, secondMoments } = state;
  assert(gradients, 'the adapter is not in training');
  const shared = {
    beta1: training.adam_beta1,
    beta2: training.adam_beta2,
    epsilon: training.adam_epsilon,
    weightDecay: training.weight_decay,
    maxNorm: training.max_grad_norm,
    step,
  };
  for (const { offset, size, learningRate: rate } of rangesOf(adapter, learningRate, ratio)) {
    const part = (whole: View): View => ({ storage: whole.storage, offset: whole.offset + offset, shape: [size] });
    const options = { ...shared, learningRate: rate };
    const [p, g] = [part(values), part(gradients)];
    switch (training.optim) {
      case 'sgd':
        kernels.sgd(p, g, sumSquares, options);
        break;
      case 'lion':
        assert(firstMoments, 'Lion needs its moments');
        kernels.lion(p, g, part(firstMoments), sumSquares, options);
        break;
      case 'adamw':
        assert(firstMoments && secondMoments, 'AdamW needs its moments');
        kernels.adamw(p, g, part(firstMoments), part(secondMoments), sumSquares, options);
        break;
      case 'adamw_8bit':
        throw new TunesmithError(
          'recipe/not-yet',
          'training.optim: must be "adamw", "sgd" or "lion", got "adamw_8bit"',
        );
    }
  }
}
