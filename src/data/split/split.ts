/** Which rows train and which are held out: recipe `dataset.shuffle`, `take`, `validation`, `test`. */
import { TunesmithError } from '../../lib/errors';
import { Random } from '../../lib/random';
import type { Recipe } from '../../recipe/schema';

export interface Split {
  /** Indices into the candidates, ascending. */
  train: Uint32Array;
  validation: Uint32Array;
  /** Held out of both. */
  test: Uint32Array;
}

/** Random stream of the split, so that it stays the same when other uses of the seed change. */
const splitStream = 0x5917;

/**
 * Splits `count` candidate rows. With `shuffle` a seeded permutation decides which rows are taken and which are held
 * out; without it the first `take` rows are taken and the last of them held out. A share of rows is rounded up, at
 * least one row stays for training, and one row alone is not split. A file name (string) holds nothing out here.
 */
export function splitRows(
  count: number,
  dataset: Pick<Recipe['dataset'], 'shuffle' | 'take' | 'validation' | 'test'>,
  seed: number,
): Split {
  const taken = Math.min(count, dataset.take ?? count);
  const order = dataset.shuffle
    ? new Random(seed, splitStream).permutation(count)
    : Uint32Array.from({ length: count }, (_, index) => index);
  const chosen = order.slice(0, taken);
  const held = (what: 'validation' | 'test'): number => {
    const share = dataset[what];
    if (typeof share === 'string' || share === 0) return 0;
    if (share >= 1 && !Number.isInteger(share)) {
      const message = `dataset.${what}: a share below 1, a whole number of rows or a file name is needed, got ${share}; write for example 0.1`;
      throw new TunesmithError('recipe/bad-split', message, { path: `dataset.${what}` });
    }
    return share < 1 ? Math.ceil(share * taken) : share;
  };
  const validation = Math.min(held('validation'), Math.max(0, taken - 1));
  const test = Math.min(held('test'), Math.max(0, taken - 1 - validation));
  const train = taken - validation - test;
  return {
    train: chosen.slice(0, train).sort(),
    validation: chosen.slice(train, train + validation).sort(),
    test: chosen.slice(train + validation).sort(),
  };
}
