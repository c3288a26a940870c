import { TunesmithError } from '../../lib/errors';
import { ignoreLabel, type Example, type ExampleTable } from '../../protocol/example';
import { bucketSize } from './bucket';

/**
 * A micro-batch without padding: rows laid end to end, each with positions from 0 and attention to itself only, so a batch of
 * four computes exactly what four batches of one do. N tokens are filled up to a bucket with tokens that nobody sees: their
 * key range is empty and no label is on them.
 *
 *     tokens     a0 a1 a2 | b0 b1 | –         keyRange   [0,1) [0,2) [0,3) | [3,4) [3,5) | [0,0)
 *     positions   0  1  2 |  0  1 | 0         queryRange [0,3) [1,3) [2,3) | [3,5) [4,5) | [0,0)
 */
export interface Batch {
  /** N, bucketed. */
  size: number;
  /** Real tokens. */
  tokens: number;
  /** Longest row. */
  longest: number;
  ids: Int32Array;
  positions: Int32Array;
  /** [N, 2]: keys that each query sees. */
  keyRange: Int32Array;
  /** [N, 2]: queries that see each key. */
  queryRange: Int32Array;
  /** M supervised positions: position t predicts the label of t+1 (rules.md 5). */
  supervised: number;
  /** [bucket of M]: token whose hidden state predicts; beyond M any token. */
  targetRows: Int32Array;
  /** [bucket of M]: id to predict. */
  targets: Int32Array;
  /** [M]: which example of the batch a supervised position is of. */
  exampleOf: Int32Array;
  /** The data set's row number of each example. */
  rows: number[];
}

/** The number of supervised positions of a row: labels that are not masked, the first position never counting. */
export function supervisedCount(labels: Int32Array): number {
  let count = 0;
  for (let t = 1; t < labels.length; t++) if (labels[t] !== ignoreLabel) count++;
  return count;
}

/** Example `index` of a table, without a copy. */
export function exampleAt(table: ExampleTable, index: number): Example {
  const start = table.offsets[index] ?? 0;
  const end = table.offsets[index + 1] ?? start;
  return {
    row: table.rows[index] ?? index,
    inputIds: table.inputIds.subarray(start, end),
    labels: table.labels.subarray(start, end),
  };
}

/** Lays examples end to end. Throws `train/bad-example` for an empty one, or an id outside of the vocabulary. */
export function buildBatch(examples: readonly Example[], vocabSize: number): Batch {
  const tokens = examples.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
  const supervised = examples.reduce((sum, { labels }) => sum + supervisedCount(labels), 0);
  const size = bucketSize(tokens);
  const batch: Batch = {
    size,
    tokens,
    longest: Math.max(...examples.map(({ inputIds }) => inputIds.length)),
    ids: new Int32Array(size),
    positions: new Int32Array(size),
    keyRange: new Int32Array(2 * size),
    queryRange: new Int32Array(2 * size),
    supervised,
    targetRows: new Int32Array(bucketSize(supervised)),
    targets: new Int32Array(bucketSize(supervised)),
    exampleOf: new Int32Array(supervised),
    rows: examples.map(({ row }) => row),
  };
  let start = 0;
  let target = 0;
  examples.forEach(({ row, inputIds, labels }, example) => {
    if (inputIds.length === 0 || inputIds.length !== labels.length)
      throw new TunesmithError(
        'train/bad-example',
        `row ${row}: ids and labels must be equally many and not none, got ${inputIds.length} and ${labels.length}`,
      );
    const end = start + inputIds.length;
    for (let t = 0; t < inputIds.length; t++) {
      const id = inputIds[t] ?? -1;
      const label = labels[t] ?? ignoreLabel;
      if (id < 0 || id >= vocabSize || label >= vocabSize)
        throw new TunesmithError(
          'train/bad-example',
          `row ${row}, token ${t}: ids must be below the vocabulary size ${vocabSize}, got ${id}; the tokenizer is not this model's`,
        );
      const at = start + t;
      batch.ids[at] = id;
      batch.positions[at] = t;
      batch.keyRange[2 * at] = start;
      batch.keyRange[2 * at + 1] = at + 1;
      batch.queryRange[2 * at] = at;
      batch.queryRange[2 * at + 1] = end;
      if (t > 0 && label !== ignoreLabel) {
        batch.targetRows[target] = at - 1;
        batch.targets[target] = label;
        batch.exampleOf[target] = example;
        target++;
      }
    }
    start = end;
  });
  return batch;
}
