/** What evaluations have shown so far. */
export interface BestSoFar {
  /** The evaluation of the lowest loss; null before the first that is a number. */
  best: { step: number; loss: number } | null;
  /** Evaluations in a row without improvement. */
  evaluationsWithoutGain: number;
}

export interface EarlyStopping {
  /** Stop after so many evaluations in a row without improvement; null: never. */
  early_stopping_patience: number | null;
  /** An improvement is a loss lower than the best by more than this. */
  early_stopping_threshold: number;
}

/**
 * The next state after an evaluation, as transformers' Trainer has it: EarlyStoppingCallback counts first, against the best
 * before this evaluation and with the threshold; then any lower loss becomes the best, threshold or not (Trainer
 * `_determine_best_metric`). A tie is no improvement.
 */
export function afterEvaluation(
  { best, evaluationsWithoutGain }: BestSoFar,
  { step, loss }: { step: number; loss: number },
  { early_stopping_threshold: threshold }: EarlyStopping,
): BestSoFar & { isBest: boolean } {
  const gained = !best || (loss < best.loss && Math.abs(loss - best.loss) > threshold);
  const isBest = loss < (best?.loss ?? Number.POSITIVE_INFINITY);
  return {
    best: isBest ? { step, loss } : best,
    evaluationsWithoutGain: gained ? 0 : evaluationsWithoutGain + 1,
    isBest,
  };
}

/** Whether patience has run out: true after such an evaluation, and in a run that is continued from just there. */
export const outOfPatience = (
  { evaluationsWithoutGain }: Pick<BestSoFar, 'evaluationsWithoutGain'>,
  { early_stopping_patience: patience }: EarlyStopping,
): boolean => patience !== null && evaluationsWithoutGain >= patience;
