/** A measure as a table: what a chart says, for those who read it. */
import { measureFacts, stepsOf, type Measure } from './chartMeasures';
import { bytes, count, lossText, rateText } from './format';
import type { RunSeries } from './runSeries';
import { countUpTo } from './chartColumn';

/** At most so many rows; long runs are thinned evenly, the first and the last step kept. */
const mostRows = 60;

interface Table {
  head: string[];
  rows: string[][];
}

type Cell = (step: number, index: number | null) => string;

/** The columns of a measure after `step`, each a name and its cell at a step (`index` in the series' columns; null: no step). */
function columnsOf(series: RunSeries, measure: Measure): [string, Cell][] {
  const { losses, smoothed, learningRates, gradNorms, tokens, milliseconds, speeds, memorySteps } = series;
  const { memoryBytes, memoryPeaks } = series;
  const own =
    (values: Float64Array, text: (value: number) => string): Cell =>
    (_, index) =>
      index === null ? '' : text(values[index] ?? NaN);
  switch (measure) {
    case 'loss': {
      const measured = new Map(series.evals.map((point) => [point.step, lossText(point.loss)]));
      return [
        ['loss', own(losses, lossText)],
        ['smoothed', own(smoothed, lossText)],
        ['validation', (step) => measured.get(step) ?? ''],
        ['rate', own(learningRates, rateText)],
      ];
    }
    case 'rate':
      return [['rate', own(learningRates, rateText)]];
    case 'gradient':
      return [['gradient norm', own(gradNorms, lossText)]];
    case 'speed':
      return [
        ['tokens', own(tokens, count)],
        ['ms', own(milliseconds, (ms) => ms.toFixed(0))],
        ['tokens/s', own(speeds, count)],
      ];
    case 'memory': {
      const last = (values: Float64Array, step: number): string =>
        bytes(values[countUpTo(memorySteps, step) - 1] ?? NaN);
      return [
        ['held', (step) => last(memoryBytes, step)],
        ['most so far', (step) => last(memoryPeaks, step)],
      ];
    }
  }
}

export function chartTable(series: RunSeries, measure: Measure): Table {
  const walk = stepsOf(series, measure);
  const columns = columnsOf(series, measure);
  const stride = Math.max(1, Math.ceil(walk.length / mostRows));
  const { steps } = series;
  const rows: string[][] = [];
  for (let at = 0; at < walk.length; at++) {
    if (at % stride !== 0 && at !== walk.length - 1) continue;
    const step = walk[at] ?? 0;
    const index = countUpTo(steps, step) - 1;
    const known = index >= 0 && steps[index] === step ? index : null;
    rows.push([count(step), ...columns.map(([, cell]) => cell(step, known))]);
  }
  return { head: ['step', ...columns.map(([name]) => name)], rows };
}

/** The table's name. */
export const tableName = (measure: Measure): string => `${measureFacts[measure].title} by step`;
