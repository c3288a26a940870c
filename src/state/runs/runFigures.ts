/** What a run came to, from its events. Pure. */

/** End figures of a run; null where nothing was measured. */
export interface RunFigures {
  /** Smoothed training loss at the last step. */
  trainingLoss: number | null;
  /** The lowest validation loss after the first step, its step and token accuracy. */
  best: { step: number; loss: number; perplexity: number; tokenAccuracy: number } | null;
  /** Validation loss before the first step. */
  firstLoss: number | null;
  /** Null where not every step was reported (`training.logging_steps`). */
  tokens: number | null;
  tokensPerSecond: number | null;
}

interface Source {
  steps: ArrayLike<number>;
  smoothed: ArrayLike<number>;
  tokens: ArrayLike<number>;
  milliseconds: ArrayLike<number>;
  evals: readonly NonNullable<RunFigures['best']>[];
}

const total = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ?? 0;
  return sum;
};

/** @returns the figures of a whole run: tokens over the time of its steps alone, evaluations and samples excluded. */
export function runFigures({ steps, smoothed, tokens, milliseconds, evals }: Source): RunFigures {
  const read = total(tokens);
  const ms = total(milliseconds);
  const best = evals.reduce<RunFigures['best']>(
    (least, point) =>
      point.step > 0 && Number.isFinite(point.loss) && (least === null || point.loss < least.loss) ? point : least,
    null,
  );
  return {
    trainingLoss: smoothed[steps.length - 1] ?? null,
    best: best && {
      step: best.step,
      loss: best.loss,
      perplexity: best.perplexity,
      tokenAccuracy: best.tokenAccuracy,
    },
    firstLoss: evals.find(({ step }) => step === 0)?.loss ?? null,
    tokens: steps.length < (steps[steps.length - 1] ?? 0) ? null : read,
    tokensPerSecond: ms > 0 ? (read / ms) * 1000 : null,
  };
}
