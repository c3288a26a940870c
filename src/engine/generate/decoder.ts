import type { View } from '../../kernels/runtime/view';
import type { LoraAdapter } from '../adapters/lora';
import { bucketSize } from '../batch/bucket';
import { blockForward, type Stream } from '../layers/block';
import { attentionShape, type PassContext } from '../layers/context';
import { uploadRanges } from '../layers/ranges';
import { normedRows } from '../losses/headLoss';
import type { Model } from '../model/model';
import { free, keep, scope } from '../scope';
import { createCache, writeRows } from './keyValueCache';

/** Feeds tokens to a model one pass at a time and gives the logits after the last. */
export interface Decoder {
  /** Tokens fed so far. */
  readonly length: number;
  /** Appends tokens; logits [1, V] of what follows the last belong to the caller. */
  feed(ids: readonly number[]): View;
  dispose(): void;
}

/**
 * A decoder with a key-value cache for `capacity` tokens. Throws `model/too-long` where that is more than the model reads.
 * Several tokens at once are a prefill, padded to a bucket with tokens that see nothing; one token is a decoding step.
 */
export function createDecoder(model: Model, adapter: LoraAdapter | null, capacity: number): Decoder {
  const { kernels, config } = model;
  model.rope(capacity);
  const cache = createCache(kernels, config, bucketSize(capacity));
  let length = 0;
  return {
    get length() {
      return length;
    },
    feed(ids) {
      const count = ids.length;
      const start = length;
      length += count;
      return keep(
        scope(() => {
          const size = count === 1 ? 1 : bucketSize(count);
          const positions = new Int32Array(size);
          const keyRange = new Int32Array(2 * size);
          const input = new Int32Array(size);
          input.set(ids);
          for (let t = 0; t < count; t++) {
            positions[t] = start + t;
            keyRange[2 * t + 1] = start + t + 1;
          }
          const context: PassContext = {
            kernels,
            config,
            attention: attentionShape(config),
            ...model.rope(capacity),
            positions: kernels.upload(positions, [size]),
            ...uploadRanges(model, keyRange, null),
            adapter,
            dropoutSeed: null,
          };
          let stream: Stream = {
            residual: kernels.gatherRows(model.embedding, kernels.upload(input, [size])),
            delta: null,
          };
          model.blocks.forEach((block, layer) => {
            const before = stream;
            const kept = cache.layers[layer];
            stream = scope(
              () =>
                blockForward(context, block, before, (k, v) => {
                  if (!kept) return { k, v };
                  writeRows(kernels, kept.k, start, k, count);
                  writeRows(kernels, kept.v, start, v, count);
                  return kept;
                }).stream,
            );
            free(before.delta, before.residual);
          });
          const last = kernels.upload(Int32Array.of(count - 1), [1]);
          return kernels.matmul(normedRows(model, stream, last).y, model.head, { transposeB: true });
        }),
      );
    },
    dispose: () => cache.dispose(),
  };
}
