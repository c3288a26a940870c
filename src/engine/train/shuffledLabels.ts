import { Random } from '../../lib/random';
import { ignoreLabel, type ExampleTable } from '../../protocol/example';

/** Stream of the permutation; other uses of the run's seed have other streams. */
const labelStream = 13;

/**
 * The table with its labels moved about at random among the supervised positions of all its rows: the same tokens as often, at the same
 * positions, but none where it belongs. Inputs and masks stay. Nothing that holds for other data can be learned from it beyond
 * how often each token comes: the control of a randomization test (Zhang et al. 2017, "Understanding deep learning requires rethinking
 * generalization").
 */
export function shuffledLabels(table: ExampleTable, seed: number): ExampleTable {
  const { labels, offsets } = table;
  const firsts = new Set(offsets);
  // The first position of a row is never predicted.
  const supervised = Uint32Array.from(
    Array.from(labels, (label, at) => (label !== ignoreLabel && !firsts.has(at) ? at : -1)).filter((at) => at >= 0),
  );
  const order = new Random(seed, labelStream).permutation(supervised.length);
  const shuffled = labels.slice();
  supervised.forEach((at, index) => {
    shuffled[at] = labels[supervised[order[index] ?? 0] ?? 0] ?? ignoreLabel;
  });
  return { ...table, labels: shuffled };
}
