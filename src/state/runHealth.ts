/**
 * What a run's curves say, in one sentence each: what is seen, and what to do. Every rule has its ground in the numbers measured;
 * where noise could explain what is seen, nothing is said. Pure.
 */
import type { Recipe } from '../recipe/schema';
import { count, lossText } from './format';
import { countUpTo } from './chartColumn';
import type { EvalPoint } from './runSeries';

export type HealthCode =
  'diverging' | 'rising' | 'overfitting' | 'clipped' | 'no-gain' | 'plateau' | 'by-heart' | 'learning';

export interface Finding {
  code: HealthCode;
  /** `warning`: something should be done. */
  tone: 'warning' | 'note' | 'good';
  text: string;
}

/** A run's curves, as {@link RunSeries} has them. */
export interface Measured {
  steps: Float64Array;
  losses: Float64Array;
  gradNorms: Float64Array;
  learningRates: Float64Array;
  evals: readonly EvalPoint[];
  totalSteps: number;
  recipe: Recipe | null;
}

/** Of a stretch of a curve: its mean, and the standard error of that mean (σ ÷ √n). */
interface Stretch {
  mean: number;
  error: number;
}

function stretch(values: Float64Array): Stretch {
  let mean = 0;
  for (let at = 0; at < values.length; at++) mean += (values[at] ?? 0) / values.length;
  let squares = 0;
  for (let at = 0; at < values.length; at++) squares += ((values[at] ?? 0) - mean) ** 2;
  return { mean, error: Math.sqrt(squares / Math.max(1, values.length - 1) / Math.max(1, values.length)) };
}

/** How many standard errors `a` lies above `b`. */
const above = (a: Stretch, b: Stretch): number =>
  (a.mean - b.mean) / (Math.hypot(a.error, b.error) || Number.MIN_VALUE);

/** Steps that are averaged to be compared: a tenth of the run so far, at least 10, so that one odd batch does not decide. */
const windowOf = (steps: number): number => Math.min(200, Math.max(10, Math.floor(steps / 10)));

/** Beyond four standard errors chance is out of the question (one in 30,000), even looked at after every step. */
const certain = 4;
/** A loss that is a third higher is worth a word; the noise of small batches alone moves means by less. */
const muchHigher = 1.3;
/** Below this a token has 95 % of the probability: what happens there is nothing to worry about. */
const lowLoss = 0.05;

function risingLoss({ steps, losses }: Measured): Finding | null {
  const width = windowOf(losses.length);
  if (losses.length < 3 * width) return null;
  const now = stretch(losses.subarray(-width));
  let lowest = { ...now, end: losses.length };
  for (let end = losses.length - width; end >= width; end -= width) {
    const before = stretch(losses.subarray(end - width, end));
    if (before.mean < lowest.mean) lowest = { ...before, end };
  }
  if (now.mean < Math.max(lowLoss, muchHigher * lowest.mean) || above(now, lowest) < certain) return null;
  const since = count(steps[lowest.end - 1] ?? 0);
  const first = stretch(losses.subarray(0, width));
  return now.mean > first.mean
    ? {
        code: 'diverging',
        tone: 'warning',
        text: `The loss grows: ${lossText(now.mean)} now, ${lossText(first.mean)} at the start. Stop, and start again with a third of the learning rate.`,
      }
    : {
        code: 'rising',
        tone: 'warning',
        text: `The loss has risen since step ${since}, from ${lossText(lowest.mean)} to ${lossText(now.mean)}. If it goes on, stop, and halve the learning rate.`,
      };
}

/** Evaluations after the best that must be worse, and by what share, before it counts: one alone may be chance. */
const worseEvaluations = 2;
const worse = 1.02;

function overfitting({ steps, losses, evals, recipe }: Measured): Finding | null {
  const later = evals.filter(({ step }) => step > 0);
  const best = later.reduce<EvalPoint | null>((low, one) => (!low || one.loss < low.loss ? one : low), null);
  if (!best) return null;
  const after = later.filter(({ step }) => step > best.step);
  if (after.length < worseEvaluations || after.slice(-worseEvaluations).some(({ loss }) => loss < worse * best.loss))
    return null;
  const split = countUpTo(steps, best.step);
  const width = Math.min(split, losses.length - split);
  if (width < 5) return null;
  const [before, now] = [stretch(losses.subarray(split - width, split)), stretch(losses.subarray(-width))];
  if (above(before, now) < 2) return null;
  const keeps = recipe?.training.load_best_model_at_end !== false;
  return {
    code: 'overfitting',
    tone: 'warning',
    text: `Since step ${count(best.step)} validation gets worse (${lossText(best.loss)} then, ${lossText(after.at(-1)?.loss ?? NaN)} now) while training still falls: the rows are being learned by heart. ${
      keeps ? 'The best is kept; stop now' : 'Stop now, turn on “Keep the best”'
    }, or use fewer epochs or more rows.`,
  };
}

/** Steps that are looked at for clipping. */
const clipWindow = 100;
/** Norms a few times above the limit are ordinary at the start; beyond this the limit decides nearly all of a step's size. */
const farAbove = 5;

function clipped({ gradNorms, recipe }: Measured): Finding | null {
  const limit = recipe?.training.max_grad_norm ?? 0;
  const recent = gradNorms.subarray(-clipWindow);
  if (limit === 0 || recent.length < 20) return null;
  const high = recent.filter((norm) => norm > farAbove * limit);
  if (high.length <= recent.length / 2) return null;
  const middle = recent.slice().sort()[recent.length >> 1] ?? NaN;
  return {
    code: 'clipped',
    tone: 'warning',
    text: `The gradient’s norm is about ${lossText(middle)}, far above the limit of ${limit}, on ${Math.round((100 * high.length) / recent.length)} % of the last steps: most of it is cut away. Lower the learning rate, or raise “Gradient limit”.`,
  };
}

function noGain({ evals, totalSteps }: Measured): Finding | null {
  const before = evals.find(({ step }) => step === 0);
  const later = evals.filter(({ step }) => step > 0);
  const last = later.at(-1);
  // At least two, and a quarter of the run: the first steps of a warm-up change nothing.
  if (!before || !last || later.length < 2 || last.step < totalSteps / 4) return null;
  const best = Math.min(...later.map(({ loss }) => loss));
  if (best < 0.99 * before.loss) return null;
  return {
    code: 'no-gain',
    tone: 'warning',
    text: `Validation is no better than before the first step (${lossText(before.loss)} then, ${lossText(best)} at best). See whether the right words are trained and the validation rows are of the same kind, or raise the learning rate.`,
  };
}

/** A run shorter than this has no plateau; and a rate below a tenth of its peak stands still on purpose. */
const plateauFrom = 60;

function plateau({ losses, learningRates, steps, totalSteps }: Measured): Finding | null {
  const third = Math.floor(losses.length / 3);
  const step = steps.at(-1) ?? 0;
  const peak = learningRates.reduce((high, rate) => Math.max(high, rate), 0);
  if (losses.length < plateauFrom || step >= totalSteps || (learningRates.at(-1) ?? 0) < peak / 10) return null;
  const half = Math.floor(third / 2);
  const earlier = stretch(losses.subarray(losses.length - 2 * half, losses.length - half));
  const now = stretch(losses.subarray(-half));
  // The most that it may have fallen, two standard errors granted, is under 2 %: an equivalence test, not the lack of a proof.
  const most = earlier.mean - now.mean + 2 * Math.hypot(earlier.error, now.error);
  if (now.mean < lowLoss || now.mean > earlier.mean * 1.02 || most > 0.02 * earlier.mean) return null;
  return {
    code: 'plateau',
    tone: 'note',
    text: `The loss has stood at ${lossText(now.mean)} for ${count(2 * half)} steps. More steps like these bring nothing: stop and keep it, or try a higher rate or rank.`,
  };
}

/** e^−0.01: the next token has 99 % of the probability on average. */
const byHeartLoss = 0.01;

function byHeart({ losses }: Measured): Finding | null {
  const width = windowOf(losses.length);
  if (losses.length < 2 * width) return null;
  const { mean } = stretch(losses.subarray(-width));
  if (!(mean < byHeartLoss)) return null;
  return {
    code: 'by-heart',
    tone: 'note',
    text: `The training loss is almost zero (${lossText(mean)}): the rows are known by heart, and more epochs add nothing.`,
  };
}

function learning({ losses, evals }: Measured): Finding | null {
  const width = windowOf(losses.length);
  if (losses.length < 2 * width) return null;
  const [first, now] = [stretch(losses.subarray(0, width)), stretch(losses.subarray(-width))];
  if (above(first, now) < 2) return null;
  const [before, last] = [evals[0], evals.at(-1)];
  const with_ =
    before && last && last.loss < before.loss
      ? `, and validation with it (${lossText(before.loss)} to ${lossText(last.loss)})`
      : '';
  return {
    code: 'learning',
    tone: 'good',
    text: `It learns: the loss fell from ${lossText(first.mean)} to ${lossText(now.mean)}${with_}.`,
  };
}

/** What there is to say, the weightiest first; [] while it is too early. */
export function runHealth(run: Measured): Finding[] {
  const rules = [risingLoss, overfitting, clipped, noGain, plateau, byHeart];
  const findings = rules.map((rule) => rule(run)).filter((finding) => finding !== null);
  if (findings.some(({ tone }) => tone === 'warning')) return findings;
  const good = learning(run);
  return good ? [good, ...findings] : findings;
}

let last: { run: Measured; steps: number; evals: number; findings: Finding[] } | null = null;

/** {@link runHealth} of a run that goes on: anew with every evaluation, and whenever it has grown by a hundredth. */
export function liveHealth(run: Measured): Finding[] {
  const [steps, evals] = [run.steps.length, run.evals.length];
  const isFresh = last?.run === run && last.evals === evals && steps >= last.steps && steps <= 1.01 * last.steps;
  if (!last || !isFresh) last = { run, steps, evals, findings: runHealth(run) };
  return last.findings;
}
