import { expect, test } from 'vitest';
import { defaultRecipe, type Recipe } from '../recipe/schema';
import { occasionsLeft, type Occasions } from './timeLeft';

/** Counted step by step, as the trainer goes. */
function counted(training: Recipe['training'], from: number, steps: number, stepsPerEpoch: number): Occasions {
  const left = { evaluate: 0, sample: 0, save: 0 };
  const due = (step: number, every: number | null): boolean => every !== null && step % every === 0;
  for (let step = from + 1; step <= steps; step++) {
    const { eval_strategy: strategy, eval_steps, sample_steps, sample_size, save_steps } = training;
    const every = strategy === 'steps' ? eval_steps : stepsPerEpoch;
    if (strategy !== 'no' && (step === steps || due(step, every))) left.evaluate++;
    if (sample_size > 0 && sample_steps !== null && (step === steps || due(step, sample_steps))) left.sample++;
    if (due(step, save_steps)) left.save++;
  }
  return left;
}

test('occasions that are left are those that the trainer will come to', () => {
  for (const eval_strategy of ['no', 'steps', 'epoch'] as const)
    for (const every of [1, 3, 7, null])
      for (const sample_size of [0, 2]) {
        const training = { ...defaultRecipe().training, eval_strategy, eval_steps: every, sample_steps: every };
        Object.assign(training, { sample_size, save_steps: every });
        for (const steps of [1, 7, 20, 21])
          for (let step = 0; step <= steps; step++)
            expect(occasionsLeft(training, step, steps, 6)).toEqual(counted(training, step, steps, 6));
      }
});
