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
import { createStepTable } from './stepTable';

/** Feeds tokens to a model one pass at a time and gives the logits after the last. */
export interface Decoder {
  /** Tokens fed so far. */
  readonly length: number;
  /** Appends tokens; logits [1, V] of what follows the last belong to the caller. */
  feed(ids: readonly number[]): View;
  /** Appends the one token whose id lies in `token` int32 [1] on the device. */
  step(token: View): View;
  dispose(): void;
}

/** What the tokens of one pass are: how many, where they stand and what they see. */
type Tokens = Pick<PassContext, 'positions' | 'keyRange' | 'queryRange' | 'sliding'> & { ids: View; count: number };

/**
 * A decoder with a key-value cache for `capacity` tokens. Throws `model/too-long` where that is more than the model reads.
 * Several tokens at once are a prefill, padded to a bucket with tokens that see nothing; one token is a decoding step.
 */
export function createDecoder(model: Model, adapter: LoraAdapter | null, capacity: number): Decoder {
  const { kernels, config } = model;
  const { cos, sin } = model.rope(capacity);
  const cache = createCache(kernels, config, bucketSize(capacity));
  const table = createStepTable(model);
  let length = 0;

  /** Runs the model over the tokens that follow; logits [1, V] after the last. Call inside a scope. */
  function pass({ ids, count, ...places }: Tokens): View {
    const start = length;
    length += count;
    const shared = { kernels, config, attention: attentionShape(config), cos, sin, adapter, dropoutSeed: null };
    const context: PassContext = { ...shared, ...places };
    let stream: Stream = { residual: kernels.gatherRows(model.embedding, ids), delta: null };
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
    const { y } =
      ids.shape[0] === 1 && stream.delta
        ? kernels.rmsNorm(stream.delta, model.finalNorm, config.rmsNormEps, stream.residual)
        : normedRows(model, stream, kernels.upload(Int32Array.of(count - 1), [1]));
    return kernels.matmul(y, model.head, { transposeB: true });
  }

  return {
    get length() {
      return length;
    },
    feed: (ids) =>
      keep(
        scope(() => {
          const count = ids.length;
          const size = count === 1 ? 1 : bucketSize(count);
          const positions = new Int32Array(size);
          const keyRange = new Int32Array(2 * size);
          const input = new Int32Array(size);
          input.set(ids);
          for (let t = 0; t < count; t++) {
            positions[t] = length + t;
            keyRange[2 * t + 1] = length + t + 1;
          }
          return pass({
            ids: kernels.upload(input, [size]),
            count,
            positions: kernels.upload(positions, [size]),
            ...uploadRanges(model, keyRange, null),
          });
        }),
      ),
    step: (token) => {
      // Before the scope: it stays for the steps that follow.
      const places = table.at(length);
      return keep(scope(() => pass({ ids: token, count: 1, ...places })));
    },
    dispose() {
      table.dispose();
      cache.dispose();
    },
  };
}
