/** A run's measurements as CSV and JSON, exact to the last bit, made in parts so that a long run does not hold up the page. */
import type { RunSeries } from './runSeries';
import { closest } from './chartColumn';

/** Lines or numbers that are written before the page gets its turn: about 5 ms. */
const perPart = 4000;

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Parts of a text, with a turn for the page after each. */
async function joined(parts: Iterable<string>, type: string): Promise<Blob> {
  const done: string[] = [];
  for (const part of parts) {
    done.push(part);
    await turn();
  }
  return new Blob(done, { type });
}

const csvHead = [
  'step',
  'epoch',
  'loss',
  'smoothed_loss',
  'learning_rate',
  'grad_norm',
  'tokens',
  'ms',
  'validation_loss',
  'validation_perplexity',
  'validation_token_accuracy',
  'device_bytes',
];

/** Steps in order; an evaluation at a step that was not logged has a line of its own. */
function* csvParts(series: RunSeries): Generator<string> {
  const evals = new Map(series.evals.map((point) => [point.step, point]));
  const memory = new Map<number, number>();
  series.memorySteps.forEach((step, index) => memory.set(step, series.memoryBytes[index] ?? NaN));
  // Copies: the run may go on while this is written.
  const steps = series.steps.slice();
  const columns = [
    series.epochs,
    series.losses,
    series.smoothed,
    series.learningRates,
    series.gradNorms,
    series.tokens,
    series.milliseconds,
  ].map((column) => column.slice());
  const all = [...new Set([...evals.keys(), ...memory.keys(), ...steps])].sort((a, b) => a - b);
  yield `${csvHead.join(',')}\r\n`;
  for (let from = 0; from < all.length; from += perPart) {
    const lines = all.slice(from, from + perPart).map((step) => {
      const at = closest(steps, step);
      const isStep = steps[at] === step;
      const point = evals.get(step);
      const cells = [
        step,
        ...columns.map((column) => (isStep ? column[at] : '')),
        point?.loss ?? '',
        point?.perplexity ?? '',
        point?.tokenAccuracy ?? '',
        memory.get(step) ?? '',
      ];
      return `${cells.join(',')}\r\n`;
    });
    yield lines.join('');
  }
}

/** Numbers as a JSON array, part by part; what is not finite is null. */
function* jsonNumbers(values: Float64Array): Generator<string> {
  yield '[';
  for (let from = 0; from < values.length; from += perPart) {
    const part = Array.from(values.subarray(from, from + perPart), (value) =>
      Number.isFinite(value) ? String(value) : 'null',
    );
    yield `${from === 0 ? '' : ','}${part.join(',')}`;
  }
  yield ']';
}

function* jsonParts(series: RunSeries): Generator<string> {
  const { recipe, totalSteps, rows, trainableParameters, forecastBytes, evals, samples, notes } = series;
  const facts = { totalSteps, rows, trainableParameters, forecastBytes, recipe, evals, samples, log: notes };
  yield JSON.stringify(facts).slice(0, -1);
  const named: [string, Float64Array][] = [
    ['steps', series.steps],
    ['epochs', series.epochs],
    ['losses', series.losses],
    ['smoothed', series.smoothed],
    ['learningRates', series.learningRates],
    ['gradNorms', series.gradNorms],
    ['tokens', series.tokens],
    ['milliseconds', series.milliseconds],
    ['memorySteps', series.memorySteps],
    ['memoryBytes', series.memoryBytes],
    ['memoryPeaks', series.memoryPeaks],
  ];
  for (const [key, values] of named.map(([key, values]) => [key, values.slice()] as const)) {
    yield `,"${key}":`;
    yield* jsonNumbers(values);
  }
  yield '}\n';
}

export const runFile = (series: RunSeries, format: 'csv' | 'json'): Promise<Blob> =>
  format === 'csv' ? joined(csvParts(series), 'text/csv') : joined(jsonParts(series), 'application/json');
