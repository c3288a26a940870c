import type { Recipe } from '../../recipe/schema';
import type { StepCount } from '../../recipe/steps';

/** Whether something that comes every `every` steps (null: never) comes after step `step`, from 1. */
export const due = (step: number, every: number | null): boolean => every !== null && step % every === 0;

/**
 * Whether an evaluation follows step `step`, from 1, as transformers' DefaultFlowCallback has it: `epoch` after each epoch,
 * `steps` every eval_steps; both after the last step.
 */
export function evaluationDue(
  step: number,
  { eval_strategy: strategy, eval_steps }: Pick<Recipe['training'], 'eval_strategy' | 'eval_steps'>,
  { steps, stepsPerEpoch }: Pick<StepCount, 'steps' | 'stepsPerEpoch'>,
): boolean {
  if (strategy === 'no') return false;
  if (step === steps) return true;
  return strategy === 'epoch' ? step % stepsPerEpoch === 0 : due(step, eval_steps);
}
