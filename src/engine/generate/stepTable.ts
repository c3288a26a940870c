import type { View } from '../../kernels/runtime/view';
import type { PassContext } from '../layers/context';
import { slidingKeys } from '../layers/ranges';
import type { Model } from '../model/model';
import { free, keep } from '../scope';

/** Steps whose places are uploaded together. */
const stepsAtOnce = 32;
/** Elements that parts of a buffer are aligned to (kernels/runtime/view). */
const alignment = 64;
/** Position, keys seen, keys seen by layers that slide. */
const rowsPerStep = 3;

/** Position and key range of single tokens, as {@link PassContext} wants them: one upload for many steps. */
export interface StepTable {
  /** Of the token that stands at `position`. Valid until the next call. */
  at(position: number): Pick<PassContext, 'positions' | 'keyRange' | 'queryRange' | 'sliding'>;
  dispose(): void;
}

export function createStepTable({ kernels, config: { slidingWindow } }: Model): StepTable {
  let table: View | null = null;
  let first = 0;

  function fill(position: number): View {
    const values = new Int32Array(stepsAtOnce * rowsPerStep * alignment);
    for (let step = 0; step < stepsAtOnce; step++) {
      const keys = Int32Array.of(0, position + step + 1);
      const rows = [[position + step], keys, slidingWindow ? slidingKeys(keys, slidingWindow.tokens) : keys];
      rows.forEach((row, index) => values.set(row, (step * rowsPerStep + index) * alignment));
    }
    free(table);
    first = position;
    return keep(kernels.upload(values, [values.length]));
  }

  return {
    at(position) {
      if (!table || position < first || position >= first + stepsAtOnce) table = fill(position);
      const { storage } = table;
      const row = (index: number, shape: readonly number[]): View => ({
        storage,
        offset: ((position - first) * rowsPerStep + index) * alignment,
        shape,
      });
      return {
        positions: row(0, [1]),
        keyRange: row(1, [1, 2]),
        queryRange: null,
        sliding: slidingWindow && { keyRange: row(2, [1, 2]), queryRange: null },
      };
    },
    dispose: () => free(table),
  };
}
