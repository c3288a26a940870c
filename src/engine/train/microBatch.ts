import type { View } from '../../kernels/runtime/view';
import type { LoraAdapter } from '../adapters/lora';
import type { Batch } from '../batch/buildBatch';
import { embeddingNoise, type NoiseSettings } from '../layers/embeddingNoise';
import { batchContext, stackBackward, stackForward } from '../layers/stack';
import { headBackward, headForward, type HeadOptions } from '../losses/headLoss';
import type { Model } from '../model/model';
import { free, scope } from '../scope';
import type { Trainable } from './trainable';

export interface BackwardOptions {
  /** Factor of every token's loss: 1 ÷ supervised tokens of the whole optimizer step (rules.md 15). */
  scale: number;
  dropoutSeed: number | null;
  /** NEFTune; none by default. */
  noise?: NoiseSettings | null;
  /** Keep block inputs only and run each block again in the backward pass. */
  checkpointing: boolean;
  head?: HeadOptions;
}

/**
 * Forward and backward of one micro-batch: adds the gradient of scale·Σ loss to those of `trained`. Returns what
 * losses/tokenLosses reads, which the caller frees; nothing else is left on the device.
 */
export function trainMicroBatch(model: Model, trained: Trainable, batch: Batch, options: BackwardOptions): View {
  const { lora, weightGradients } = trained;
  return scope(() => {
    const dropout = lora !== null && lora.settings.lora_dropout > 0;
    const context = batchContext(model, lora, batch, dropout ? options.dropoutSeed : null);
    const ids = model.kernels.upload(batch.ids, [batch.size]);
    const keep = options.checkpointing ? 'inputs' : 'activations';
    const noise = options.noise ? embeddingNoise(batch, model.config.hiddenSize, options.noise) : null;
    const forward = stackForward(context, model, ids, keep, noise);
    const head = headForward(model, forward.stream, batch, options.head);
    free(forward.stream.delta);
    const dOut = headBackward(model, batch, head, options.scale, options.head, weightGradients);
    free(head.logits);
    stackBackward(context, model, forward, dOut, batch, weightGradients);
    return head.losses;
  });
}

/** What losses/tokenLosses reads, of a batch without gradients; the caller frees it. */
export function evaluateMicroBatch(model: Model, adapter: LoraAdapter | null, batch: Batch, head?: HeadOptions): View {
  return scope(() => {
    const context = batchContext(model, adapter, batch, null);
    const ids = model.kernels.upload(batch.ids, [batch.size]);
    const { stream } = stackForward(context, model, ids, 'nothing');
    return headForward(model, stream, batch, head).losses;
  });
}
