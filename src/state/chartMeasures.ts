/** What can be drawn of a run: the lines of each measure, thinned to the pixels there are, and its exact values. */
import { bytes, count, lossText, rateText } from './format';
import { closest } from './chartColumn';
import { thinned } from './chartThin';
import type { EvalPoint, RunSeries } from './runSeries';

export const measures = ['loss', 'rate', 'gradient', 'speed', 'memory'] as const;
export type Measure = (typeof measures)[number];

interface MeasureFacts {
  /** In the choice of charts. */
  label: string;
  /** What the chart is of. */
  title: string;
  /** Whether a log axis helps: the measure spans orders of magnitude. */
  log: boolean;
  /** A value with its unit. */
  text: (value: number) => string;
  /** The same at an axis, where room is short. */
  axis: (value: number) => string;
}

/** Three figures, without zeros at the end. */
const short = (value: number): string => String(Number(value.toPrecision(3)));

export const measureFacts: Record<Measure, MeasureFacts> = {
  loss: { label: 'Loss', title: 'Loss', log: true, text: lossText, axis: short },
  rate: { label: 'Rate', title: 'Learning rate', log: false, text: rateText, axis: rateText },
  gradient: { label: 'Gradient', title: 'Gradient norm', log: true, text: lossText, axis: short },
  speed: { label: 'Speed', title: 'Tokens per second', log: false, text: (value) => `${count(value)}/s`, axis: count },
  memory: { label: 'Memory', title: 'Device memory', log: false, text: bytes, axis: bytes },
};

/** How a line looks; the chart knows the colours. `level`: a dashed line at one height. */
export type LineLook = 'raw' | 'strong' | 'points' | 'best' | 'level' | 'overlay';

export interface ChartLine {
  /** Stands at the line's end; empty: the line is told by its neighbour's name. */
  name: string;
  look: LineLook;
  /** One for each x, null where there is none. */
  values: (number | null)[];
}

export interface ChartData {
  /** Steps, ascending. */
  x: number[];
  lines: ChartLine[];
}

interface Source {
  x: Float64Array;
  /** Over `x`. */
  lines: { name: string; look: LineLook; values: Float64Array }[];
  /** Elsewhere: losses of evaluations. */
  points: { name: string; look: LineLook; evals: readonly EvalPoint[] }[];
  /** Heights, from the left edge to the right one. */
  level: { name: string; value: number } | null;
}

/** Evaluations of another run, drawn over this one's. */
export interface Overlay {
  name: string;
  evals: readonly EvalPoint[];
}

function sourceOf(series: RunSeries, measure: Measure, overlay: Overlay | null): Source {
  const { steps: x, best, recipe, forecastBytes } = series;
  switch (measure) {
    case 'loss': {
      const points: Source['points'] = [];
      if (series.evals.length > 0) points.push({ name: 'validation', look: 'points', evals: series.evals });
      if (best && series.evals.length > 1) points.push({ name: 'best', look: 'best', evals: [best] });
      if (overlay && overlay.evals.length > 0) points.push({ ...overlay, look: 'overlay' });
      const lines: Source['lines'] = [
        { name: '', look: 'raw', values: series.losses },
        { name: 'training', look: 'strong', values: series.smoothed },
      ];
      return { x, lines, points, level: null };
    }
    case 'rate':
      return { x, lines: [{ name: 'rate', look: 'strong', values: series.learningRates }], points: [], level: null };
    case 'gradient': {
      const clip = recipe?.training.max_grad_norm ?? 0;
      const lines: Source['lines'] = [{ name: 'before clipping', look: 'strong', values: series.gradNorms }];
      return { x, lines, points: [], level: clip > 0 ? { name: `clip ${rateText(clip)}`, value: clip } : null };
    }
    case 'speed': {
      const lines: Source['lines'] = [
        { name: '', look: 'raw', values: series.stepSpeeds },
        { name: 'over 20 steps', look: 'strong', values: series.speeds },
      ];
      return { x, lines, points: [], level: null };
    }
    case 'memory':
      return {
        x: series.memorySteps,
        lines: [
          { name: 'held', look: 'raw', values: series.memoryBytes },
          { name: 'most so far', look: 'strong', values: series.memoryPeaks },
        ],
        points: [],
        level: forecastBytes === null ? null : { name: `forecast ${bytes(forecastBytes)}`, value: forecastBytes },
      };
  }
}

/** What lines a chart has, in one word that changes when they do. */
export const linesKey = (series: RunSeries, measure: Measure, overlay: Overlay | null): string => {
  const { lines, points, level } = sourceOf(series, measure, overlay);
  return [measure, ...lines, ...points, level].map((one) => (typeof one === 'string' ? one : (one?.name ?? ''))).join();
};

/** At most so many points of a kind: a mark every four pixels is a line already. */
const pixelsPerPoint = 4;

/** The lines to draw over `pixels` columns. */
export function chartData(
  series: RunSeries,
  measure: Measure,
  pixels: number,
  overlay: Overlay | null = null,
): ChartData {
  const { x, lines, points, level } = sourceOf(series, measure, overlay);
  const kept = thinned(
    x,
    lines.map(({ values }) => values),
    pixels,
  );
  const marks = points.map(({ name, look, evals }) => {
    const own = new Float64Array(evals.length);
    const heights = new Float64Array(evals.length);
    evals.forEach((point, index) => {
      own[index] = point.step;
      heights[index] = point.loss;
    });
    const shown = thinned(own, [heights], Math.ceil(pixels / pixelsPerPoint));
    return { name, look, at: new Map(Array.from(shown, (index) => [own[index] ?? 0, heights[index] ?? NaN])) };
  });
  const byStep = new Map<number, number>();
  for (const index of kept) byStep.set(x[index] ?? 0, index);
  const all = [...new Set([...byStep.keys(), ...marks.flatMap(({ at }) => [...at.keys()])])].sort((a, b) => a - b);
  const finite = (value: number | undefined): number | null =>
    value !== undefined && Number.isFinite(value) ? value : null;
  return {
    x: all,
    lines: [
      ...lines.map(({ name, look, values }) => ({
        name,
        look,
        values: all.map((step) => {
          const index = byStep.get(step);
          return index === undefined ? null : finite(values[index]);
        }),
      })),
      ...marks.map(({ name, look, at }) => ({ name, look, values: all.map((step) => finite(at.get(step))) })),
      ...(level ? [{ name: level.name, look: 'level' as const, values: all.map(() => level.value) }] : []),
    ],
  };
}

/** Steps of the evaluations that are not among the logged ones, ascending: that before the first step, mostly. */
function ownSteps({ steps, evals }: RunSeries): number[] {
  return evals.map(({ step }) => step).filter((step) => steps[closest(steps, step)] !== step);
}

/** Both ascending lists as one. */
function merged(steps: Float64Array, others: readonly number[]): Float64Array {
  const all = new Float64Array(steps.length + others.length);
  let [at, other] = [0, 0];
  for (let index = 0; index < all.length; index++) {
    const takes = other < others.length && (at >= steps.length || (others[other] ?? 0) < (steps[at] ?? 0));
    all[index] = (takes ? others[other++] : steps[at++]) ?? NaN;
  }
  return all;
}

/** Steps that have a value of the measure, ascending, each once: those that the arrow keys walk. */
export function stepsOf(series: RunSeries, measure: Measure): ArrayLike<number> {
  if (measure === 'memory') return [...new Set(series.memorySteps)];
  return measure === 'loss' ? merged(series.steps, ownSteps(series)) : series.steps;
}

/** The step with a value of the measure that is closest to `wanted`, without a walk over all of them. */
function stepNear(series: RunSeries, measure: Measure, wanted: number): number | undefined {
  const x = measure === 'memory' ? series.memorySteps : series.steps;
  const step = x[closest(x, wanted)];
  if (measure !== 'loss') return step;
  const evals = series.evals.map((point) => point.step);
  const measured = evals[closest(evals, wanted)];
  if (step === undefined || measured === undefined) return step ?? measured;
  return Math.abs(measured - wanted) < Math.abs(step - wanted) ? measured : step;
}

export interface ExactValue {
  name: string;
  text: string;
}

/** The exact values of a measure at the step closest to `wanted`; null where there is nothing yet. */
export function valuesAt(
  series: RunSeries,
  measure: Measure,
  wanted: number,
): { step: number; values: ExactValue[] } | null {
  const { text } = measureFacts[measure];
  const step = stepNear(series, measure, wanted);
  if (step === undefined) return null;
  const at = closest(series.steps, step);
  const isStep = series.steps[at] === step;
  const own = (name: string, values: Float64Array): ExactValue[] =>
    isStep ? [{ name, text: text(values[at] ?? NaN) }] : [];
  switch (measure) {
    case 'loss': {
      const measured = series.evals.find((point) => point.step === step);
      const values = [...own('loss', series.losses), ...own('smoothed', series.smoothed)];
      if (measured)
        values.push(
          { name: 'validation', text: lossText(measured.loss) },
          { name: 'perplexity', text: lossText(measured.perplexity) },
          { name: 'tokens right', text: `${(100 * measured.tokenAccuracy).toFixed(1)} %` },
        );
      return { step, values };
    }
    case 'rate':
      return { step, values: own('rate', series.learningRates) };
    case 'gradient':
      return { step, values: own('gradient norm', series.gradNorms) };
    case 'speed': {
      const ms = series.milliseconds[at] ?? 0;
      return {
        step,
        values: [
          { name: 'tokens', text: count(series.tokens[at] ?? 0) },
          { name: 'in', text: `${ms.toFixed(0)} ms` },
          ...own('over 20 steps', series.speeds),
        ],
      };
    }
    case 'memory': {
      const index = closest(series.memorySteps, step);
      return {
        step,
        values: [
          { name: 'held', text: bytes(series.memoryBytes[index] ?? NaN) },
          { name: 'most so far', text: bytes(series.memoryPeaks[index] ?? NaN) },
        ],
      };
    }
  }
}
