import type { Model } from '../model/model';
import type { PassContext } from './context';

/** Key ranges [first, end) of queries that see at most their last `tokens` keys (transformers: key > query − tokens). */
export function slidingKeys(keyRange: Int32Array, tokens: number): Int32Array {
  const narrow = keyRange.slice();
  for (let at = 0; at < narrow.length; at += 2)
    narrow[at] = Math.max(keyRange[at] ?? 0, (keyRange[at + 1] ?? 0) - tokens);
  return narrow;
}

/** Query ranges [first, end) of keys that only the next `tokens` queries see, the first of them the key's own token. */
export function slidingQueries(queryRange: Int32Array, tokens: number): Int32Array {
  const narrow = queryRange.slice();
  for (let at = 0; at < narrow.length; at += 2)
    narrow[at + 1] = Math.min(queryRange[at + 1] ?? 0, (queryRange[at] ?? 0) + tokens);
  return narrow;
}

/** Puts ranges [N, 2] on the device, and the narrower ones of sliding layers where the model has any. Call inside a scope. */
export function uploadRanges(
  { kernels, config: { slidingWindow } }: Model,
  keyRange: Int32Array,
  queryRange: Int32Array | null,
): Pick<PassContext, 'keyRange' | 'queryRange' | 'sliding'> {
  const upload = (values: Int32Array) => kernels.upload(values, [values.length / 2, 2]);
  return {
    keyRange: upload(keyRange),
    queryRange: queryRange && upload(queryRange),
    sliding: slidingWindow && {
      keyRange: upload(slidingKeys(keyRange, slidingWindow.tokens)),
      queryRange: queryRange && upload(slidingQueries(queryRange, slidingWindow.tokens)),
    },
  };
}
