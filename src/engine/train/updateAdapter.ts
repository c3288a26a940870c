import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import { assert } from '../../lib/errors';
import type { Recipe } from '../../recipe/schema';
import { free } from '../scope';
import { moments8bit, optimizerGroups, placeMoments8bit } from './moments';
import type { RunState } from './runState';
import type { Trainable } from './trainable';

/**
 * One step of recipe.training.optim, *in place* on every group of `trained` and its moments in `state`; the formulas stand at
 * {@link Kernels}. `sumSquares` [1] of all gradients decides the clipping. A group's rate is `learningRate` times its factor
 * (for LoRA+ two groups of parameters, as in PEFT's create_loraplus_optimizer); weight decay holds for the groups that decay.
 * Lion takes its betas from adam_beta1 and adam_beta2, as transformers' `lion_32bit` does. With `adamw_8bit` tensors of 4,096
 * elements and more have moments of 8 bits, smaller ones of 32, as in bitsandbytes. `step`: 1 for the first.
 */
export function updateParameters(
  kernels: Kernels,
  trained: Trainable,
  state: Pick<RunState, 'moments'>,
  sumSquares: View,
  recipe: Pick<Recipe, 'training' | 'adapter'>,
  learningRate: number,
  step: number,
): void {
  const { training } = recipe;
  const groups = optimizerGroups(trained, recipe);
  const { places } = placeMoments8bit(groups, trained.buffers.length);
  const shared = {
    beta1: training.adam_beta1,
    beta2: training.adam_beta2,
    epsilon: training.adam_epsilon,
    maxNorm: training.max_grad_norm,
    step,
  };
  for (const [index, group] of groups.entries()) {
    const { buffer, offset, size, rateFactor, decays } = group;
    const whole = trained.buffers[buffer];
    assert(whole?.gradients, 'the parameters are not in training');
    const part = ({ storage, offset: start }: View): View => ({ storage, offset: start + offset, shape: [size] });
    const options = {
      ...shared,
      learningRate: learningRate * rateFactor,
      weightDecay: decays ? training.weight_decay : 0,
    };
    const [p, g] = [part(whole.values), part(whole.gradients)];
    const [first, second] = state.moments.buffers[buffer] ?? [];
    switch (training.optim) {
      case 'sgd':
        kernels.sgd(p, g, sumSquares, options);
        break;
      case 'lion':
        assert(first, 'Lion needs its moments');
        kernels.lion(p, g, part(first), sumSquares, options);
        break;
      case 'adamw':
        assert(first && second, 'AdamW needs its moments');
        kernels.adamw(p, g, part(first), part(second), sumSquares, options);
        break;
      case 'adamw_8bit': {
        const place = places[index];
        assert(place, 'every group has a place');
        const own = moments8bit(state.moments, group, place);
        if ('codes' in own) kernels.adamw8bit(p, g, own, sumSquares, options);
        else kernels.adamw(p, g, own.m, own.v, sumSquares, options);
      }
    }
  }
  trained.changed?.();
}

/** Σ g² over the gradients of all buffers, one after the other → [1]; the caller frees it. */
export function gradientSumSquares(kernels: Kernels, { buffers }: Trainable): View {
  let total: View | null = null;
  for (const { gradients } of buffers) {
    assert(gradients, 'the parameters are not in training');
    const part = kernels.sumSquares(gradients);
    if (!total) {
      total = part;
      continue;
    }
    kernels.addInto(total, part);
    free(part);
  }
  assert(total, 'nothing is trained');
  return total;
}
