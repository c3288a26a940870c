import type { Recipe } from '../../recipe/schema';

type Training = Recipe['training'];

/** transformers: `warmup_steps` wins where it is given; else ⌈ratio · steps⌉. */
export function warmupSteps(training: Pick<Training, 'warmup_steps' | 'warmup_ratio'>, steps: number): number {
  return training.warmup_steps > 0 ? training.warmup_steps : Math.ceil(training.warmup_ratio * steps);
}

/** End of `polynomial` in transformers' get_polynomial_decay_schedule_with_warmup, whose power is 1. */
const polynomialEnd = 1e-7;

/**
 * The learning rate of step `step` (from 1) of `steps`: `learning_rate` times transformers' factor (optimization.py, with the
 * defaults of get_scheduler: half a cosine, one restart cycle, power 1), which counts finished steps, so the first step of a
 * warm-up has rate 0.
 */
export function learningRate(
  training: Pick<Training, 'learning_rate' | 'lr_scheduler_type' | 'warmup_steps' | 'warmup_ratio'>,
  step: number,
  steps: number,
): number {
  const { learning_rate: top, lr_scheduler_type: type } = training;
  if (type === 'constant') return top;
  const done = step - 1;
  const warmup = warmupSteps(training, steps);
  if (done < warmup) return (top * done) / Math.max(1, warmup);
  if (type === 'constant_with_warmup') return top;
  const progress = (done - warmup) / Math.max(1, steps - warmup);
  switch (type) {
    case 'linear':
      return top * Math.max(0, (steps - done) / Math.max(1, steps - warmup));
    case 'cosine':
      return top * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    case 'cosine_with_restarts':
      return progress >= 1 ? 0 : top * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (progress % 1))));
    case 'polynomial':
      return done > steps ? polynomialEnd : (top - polynomialEnd) * (1 - progress) + polynomialEnd;
  }
}
