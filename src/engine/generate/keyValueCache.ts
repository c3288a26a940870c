import type { Kernels } from '../../kernels/kernels';
import { rowsOf, type View } from '../../kernels/runtime/view';
import type { ModelConfig } from '../model/modelConfig';
import { free, keep, scope } from '../scope';

/** Rotated keys and values of every layer: each [capacity, G·K]. Sized to what one answer can need. */
export interface KeyValueCache {
  layers: { k: View; v: View }[];
  capacity: number;
  dispose(): void;
}

export function createCache(kernels: Kernels, config: ModelConfig, capacity: number): KeyValueCache {
  const shape = [capacity, config.kvHeads * config.headSize];
  // Where memory runs out meanwhile, none of them stays.
  const layers = scope(() =>
    Array.from({ length: config.layers }, () => ({ k: kernels.zeros(shape), v: kernels.zeros(shape) })),
  );
  for (const { k, v } of layers) [k, v].forEach(keep);
  return { layers, capacity, dispose: () => layers.forEach(({ k, v }) => free(k, v)) };
}

/** Elements that parts of a buffer are aligned to (kernels/runtime/view). */
const alignment = 64;

/** Writes the first `count` rows of `source` to rows `start …` of a cache whose rows there are still zero. */
export function writeRows(kernels: Kernels, cache: View, start: number, source: View, count: number): void {
  const [capacity = 0, width = 0] = cache.shape;
  if ((start * width) % alignment === 0) {
    kernels.copy(rowsOf(source, 0, count), rowsOf(cache, start, count));
    return;
  }
  // Rows of an odd width cannot be bound where they begin: add them to the zeros instead.
  scope(() => {
    const rows = kernels.upload(
      Int32Array.from({ length: count }, (_, index) => start + index),
      [count],
    );
    kernels.addInto(cache, kernels.scatterRows(rowsOf(source, 0, count), rows, capacity));
  });
}
