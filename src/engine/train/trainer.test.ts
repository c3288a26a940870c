import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { countSteps } from '../../recipe/steps';
import type { Recipe, RecipeInput } from '../../recipe/schema';
import { testRecipe } from '../testing/fixtures';
import { afterEvaluation, outOfPatience, type BestSoFar } from './bestSoFar';
import { evaluationDue } from './due';
import { learningRate } from './schedule';

/** Made by tools/fixtures/engine/makeTrainer.py: what transformers' Trainer decided on given evaluation losses. */
interface Case {
  name: string;
  rows: number;
  training: RecipeInput['training'];
  eval_on_start: boolean;
  /** The first one is that before the first step where `eval_on_start`; null: not a number. */
  evaluations: {
    step: number;
    loss: number | null;
    counter: number | null;
    stops: boolean;
    best_step?: number | null;
    best_loss?: number | null;
  }[];
  /** The rate of every optimizer step. */
  rates: number[];
  /** Steps after which a checkpoint was saved. */
  saved: number[];
  /** Optimizer steps made. */
  steps: number;
  /** Micro-batches that the weights which are left have seen. */
  left: number;
}
const { cases } = JSON.parse(readFileSync(new URL('../fixtures/trainer.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

/** The decisions of the loop on the same losses. */
function decide(training: Recipe['training'], rows: number, losses: number[]) {
  const plan = countSteps(rows, training);
  let state: BestSoFar = { best: null, evaluationsWithoutGain: 0 };
  const evaluations = [];
  const rates = [];
  let step = 0;
  while (step < plan.steps && !outOfPatience(state, training)) {
    rates.push(learningRate(training, step + 1, plan.steps));
    step++;
    if (!evaluationDue(step, training, plan)) continue;
    const loss = losses[evaluations.length] ?? Number.NaN;
    state = afterEvaluation(state, { step, loss }, training);
    const { best, evaluationsWithoutGain: counter } = state;
    evaluations.push({ step, counter, stops: outOfPatience(state, training), best });
  }
  const kept = training.load_best_model_at_end && state.best ? state.best.step : step;
  return { evaluations, rates, step, kept, plan };
}

describe('evaluation, best, early stopping and rates: as transformers’ Trainer, step by step', () => {
  test.each(cases)('$name', ({ rows, training: input, evaluations, rates, saved, steps, left, eval_on_start }) => {
    const { training } = testRecipe(input);
    const wanted = eval_on_start ? evaluations.slice(1) : evaluations;
    const ours = decide(
      training,
      rows,
      wanted.map(({ loss }) => loss ?? Number.NaN),
    );
    expect(ours.evaluations.map(({ step }) => step)).toEqual(wanted.map(({ step }) => step));
    wanted.forEach(({ step, counter, stops, best_step, best_loss }, index) => {
      const decided = ours.evaluations[index];
      if (counter !== null) expect(decided?.counter, `evaluation ${index}`).toBe(counter);
      expect(decided?.stops || step === ours.plan.steps, `evaluation ${index}`).toBe(stops);
      // The Trainer names the step only where it saves; before the first number its best is infinite.
      if (best_step != null) expect(decided?.best?.step, `evaluation ${index}`).toBe(best_step);
      expect(decided?.best?.loss ?? null, `evaluation ${index}`).toBe(best_loss === undefined ? null : best_loss);
    });
    expect(ours.step).toBe(steps);
    expect(ours.rates).toHaveLength(rates.length);
    rates.forEach((rate, index) => expect(ours.rates[index], `step ${index + 1}`).toBeCloseTo(rate, 12));
    // The Trainer can only go back to what it saved; ours holds the best values whether a checkpoint was due or not.
    if (!training.load_best_model_at_end || saved.includes(ours.kept))
      expect(microBatches(ours.kept, ours.plan, training)).toBe(left);
    else expect(left).toBeLessThan(microBatches(ours.kept, ours.plan, training));
  });

  test('the recorded cases hold what they are for', () => {
    const some = (holds: (one: Case) => boolean) => expect(cases.some(holds)).toBe(true);
    const types = new Set(cases.map(({ training }) => training?.lr_scheduler_type));
    expect(types.size).toBe(6);
    some(({ evaluations }) => evaluations.at(-1)?.stops === true);
    some(({ evaluations, eval_on_start }) => eval_on_start && evaluations[0]?.step === 0);
    some(({ steps, left, training }) => left < steps && training?.gradient_accumulation_steps === 1);
    for (const patience of [1, 2, 3]) some(({ training }) => training?.early_stopping_patience === patience);
  });
});

function microBatches(step: number, plan: ReturnType<typeof countSteps>, training: Recipe['training']): number {
  const epochs = Math.floor(step / plan.stepsPerEpoch);
  return (
    epochs * plan.microBatchesPerEpoch + (step - epochs * plan.stepsPerEpoch) * training.gradient_accumulation_steps
  );
}
