import type { ExampleTable } from '../../protocol/example';
import type { RowSizes, RunRows } from '../../protocol/memory';
import { packRows } from '../../recipe/packing';
import type { Recipe } from '../../recipe/schema';
import { countSteps } from '../../recipe/steps';
import { bucketSize } from '../batch/bucket';
import { exampleAt, supervisedCount } from '../batch/buildBatch';
import { epochOrder } from '../train/plan';

/** A micro-batch as far as memory depends on it. */
export interface BatchShape {
  tokens: number;
  supervised: number;
  /** Tokens of its longest row. */
  longest: number;
}

/** Rows whose order is drawn, at most: what is beyond is taken in the order of the table. Drawing 50,000 takes about 10 ms. */
const mostDrawn = 50_000;
/** Shapes that are tried, at most. */
const mostShapes = 6;

/** Lengths of the rows of a table, as the trainer counts them. */
export function sizesOf(table: ExampleTable): RowSizes {
  const examples = Array.from(table.rows, (_, index) => exampleAt(table, index));
  return {
    tokens: Uint32Array.from(examples, ({ inputIds }) => inputIds.length),
    supervised: Uint32Array.from(examples, ({ labels }) => supervisedCount(labels)),
  };
}

/** The rows as a smaller `max_length` leaves them; how many of their labels go is not known, so as few as possible do. */
export function cutRows({ train, validation }: RunRows, maxLength: number): RunRows {
  const cut = ({ tokens, supervised }: RowSizes): RowSizes => ({
    tokens: tokens.map((count) => Math.min(count, maxLength)),
    supervised: supervised.map((count) => Math.min(count, maxLength)),
  });
  return { train: cut(train), validation: validation && cut(validation) };
}

/**
 * The micro-batches of a run that no other one exceeds in tokens and in learned tokens at once: those that decide how much
 * memory it takes. Exact where the run draws at most 50,000 rows; beyond that, of the epochs up to there.
 */
export function largestTrainBatches(rows: RowSizes, recipe: Recipe): BatchShape[] {
  const { training } = recipe;
  const packs = training.packing ? packRows(rows.tokens, training.max_length) : null;
  const units = packs?.length ?? rows.tokens.length;
  if (units === 0) return [];
  const rowsOf = (unit: number): Iterable<number> => packs?.[unit] ?? [unit];
  const found = new Largest(rows);
  for (const order of orders(units, recipe))
    for (let start = 0; start < order.length; start += training.per_device_train_batch_size)
      found.add(order.subarray(start, start + training.per_device_train_batch_size), rowsOf);
  return found.shapes();
}

/** The same of an evaluation, which goes through the rows in order. */
export function largestEvalBatches(rows: RowSizes, batchSize: number): BatchShape[] {
  const found = new Largest(rows);
  const order = Uint32Array.from(rows.tokens, (_, index) => index);
  for (let start = 0; start < order.length; start += batchSize) found.add(order.subarray(start, start + batchSize));
  return found.shapes();
}

/**
 * The orders of the run's epochs, as far as they are drawn, the last one as far as the run goes. Batches of one are the same in
 * any order, so that one epoch is enough for them.
 */
function* orders(units: number, recipe: Recipe): Generator<Uint32Array> {
  const { per_device_train_batch_size: batchSize, gradient_accumulation_steps: accumulation } = recipe.training;
  const { steps, stepsPerEpoch } = countSteps(units, recipe.training);
  const isDrawn = recipe.dataset.shuffle && units <= mostDrawn;
  const epochs = Math.min(Math.ceil(steps / stepsPerEpoch), Math.floor(mostDrawn / units));
  const isOneEnough = !isDrawn || (batchSize === 1 && steps >= stepsPerEpoch);
  for (let epoch = 0; epoch < (isOneEnough ? 1 : epochs); epoch++) {
    const order = isDrawn ? epochOrder(units, epoch, recipe) : Uint32Array.from({ length: units }, (_, index) => index);
    yield order.subarray(0, (steps - epoch * stepsPerEpoch) * accumulation * batchSize);
  }
}

/** Collects batches, one for each pair of buckets; batches without a label are never computed. */
class Largest {
  readonly #byBuckets = new Map<string, BatchShape>();

  constructor(readonly rows: RowSizes) {}

  add(units: Uint32Array, rowsOf: (unit: number) => Iterable<number> = (unit) => [unit]): void {
    const shape: BatchShape = { tokens: 0, supervised: 0, longest: 0 };
    for (const unit of units)
      for (const row of rowsOf(unit)) {
        const tokens = this.rows.tokens[row] ?? 0;
        shape.tokens += tokens;
        shape.supervised += Math.min(this.rows.supervised[row] ?? 0, tokens - 1);
        shape.longest = Math.max(shape.longest, tokens);
      }
    if (shape.supervised <= 0) return;
    const key = `${bucketSize(shape.tokens)} ${bucketSize(shape.supervised)}`;
    const known = this.#byBuckets.get(key) ?? shape;
    this.#byBuckets.set(key, {
      tokens: Math.max(known.tokens, shape.tokens),
      supervised: Math.max(known.supervised, shape.supervised),
      longest: Math.max(known.longest, shape.longest),
    });
  }

  /** Those that no other exceeds, the most tokens first. */
  shapes(): BatchShape[] {
    const all = [...this.#byBuckets.values()].sort((a, b) => b.tokens - a.tokens || b.supervised - a.supervised);
    let most = 0;
    return all
      .filter(({ supervised }) => {
        const isOne = supervised > most;
        most = Math.max(most, supervised);
        return isOne;
      })
      .slice(0, mostShapes);
  }
}
