/** What a control run says beside the run that it was made for. Pure. */
import { lossText } from './format';
import type { EvalPoint } from './runSeries';

/** A fall of less is noise: as `worse` of runHealth.ts. */
const aLittle = 0.98;

const lowest = (evals: readonly EvalPoint[]): number => Math.min(...evals.map(({ loss }) => loss));

/**
 * In sentences: validation losses of the control run, those of the real run, and what follows. `control`: its evaluations, two at
 * least or null is returned; `real`: those of the run with the labels as they are, [] where there is none.
 */
export function controlVerdict(control: readonly EvalPoint[], real: readonly EvalPoint[]): string | null {
  const [before, after] = [control[0], control.at(-1)];
  if (!before || !after || control.length < 2) return null;
  const shuffled = lowest(control);
  const began = real[0];
  const best = lowest(real.filter(({ step }) => step > 0));
  const own = `With shuffled labels validation went from ${lossText(before.loss)} to ${lossText(after.loss)} (at best ${lossText(shuffled)})`;
  if (began && Number.isFinite(best)) {
    const other = `with the real ones from ${lossText(began.loss)} to ${lossText(best)}`;
    return best < shuffled * aLittle
      ? `${own}; ${other}. What the run has learned beyond that, it has learned from your labels.`
      : `${own}; ${other}. That is no better: nothing shows that the run learned from your labels.`;
  }
  return shuffled < before.loss * aLittle
    ? `${own}. That much is how often each token occurs; a real run must do better.`
    : `${own}. As it should be: there was nothing to learn.`;
}
