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
 * Evaluations, rounds of samples and checkpoints after step `step` of `steps`, as the trainer's loop has them: `epoch` ends
 * with the last step too, samples are answered at the last step in any case.
 */
export function occasionsLeft(
  training: Recipe['training'],
  step: number,
  steps: number,
  stepsPerEpoch: number | null,
): Occasions {
  const { eval_strategy, eval_steps, sample_steps, sample_size, save_steps } = training;
  const atEnd = (every: number): number => (steps > step && steps % every !== 0 ? 1 : 0);
  const every = eval_strategy === 'steps' ? eval_steps : eval_strategy === 'epoch' ? stepsPerEpoch : null;
  return {
    evaluate: multiples(every, step, steps) + (every !== null && eval_strategy === 'epoch' ? atEnd(every) : 0),
    sample: sample_size === 0 || sample_steps === null ? 0 : multiples(sample_steps, step, steps) + atEnd(sample_steps),
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
