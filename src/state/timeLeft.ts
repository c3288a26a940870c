/** When a run will end, from what its steps, evaluations, samples and checkpoints have taken so far. */
import type { Recipe } from '../recipe/schema';

/** Multiples of `every` in (from, to]. */
const multiples = (every: number | null, from: number, to: number): number =>
  every === null || to <= from ? 0 : Math.floor(to / every) - Math.floor(from / every);

export interface Occasions {
  evaluate: number;
  sample: number;
  save: number;
}

/**
 * Evaluations, rounds of samples and checkpoints after step `step` of `steps`, as the trainer's loop has them: what is evaluated or
 * sampled at all is so after the last step too.
 */
export function occasionsLeft(
  training: Recipe['training'],
  step: number,
  steps: number,
  stepsPerEpoch: number | null,
): Occasions {
  const { eval_strategy, eval_steps, sample_steps, sample_size, save_steps } = training;
  const withLast = (every: number | null): number => (step >= steps ? 0 : multiples(every, step, steps - 1) + 1);
  return {
    evaluate: eval_strategy === 'no' ? 0 : withLast(eval_strategy === 'steps' ? eval_steps : stepsPerEpoch),
    sample: sample_size === 0 || sample_steps === null ? 0 : withLast(sample_steps),
    save: multiples(save_steps, step, steps),
  };
}

/** Seconds to the end; `ms`: what a step and an occasion of each kind take, null where none was measured (it counts nothing then). */
export function secondsLeft(
  stepsLeft: number,
  occasions: Occasions,
  ms: { step: number; evaluate: number | null; sample: number | null; save: number | null },
): number {
  const others =
    occasions.evaluate * (ms.evaluate ?? 0) + occasions.sample * (ms.sample ?? 0) + occasions.save * (ms.save ?? 0);
  return (stepsLeft * ms.step + others) / 1000;
}
