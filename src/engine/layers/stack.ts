import { asView, type View } from '../../kernels/runtime/view';
import type { LoraAdapter } from '../adapters/lora';
import type { Batch } from '../batch/buildBatch';
import type { Model } from '../model/model';
import { free, scope } from '../scope';
import { blockAgain, blockBackward, blockForward, type BlockSaved, type Stream } from './block';
import { attentionShape, type PassContext } from './context';

/** What a forward pass keeps for the backward pass: nothing, every block's activations, or every block's input only. */
export type Keep = 'nothing' | 'activations' | 'inputs';

export interface StackResult {
  /** Output of the last block, before the final norm. */
  stream: Stream;
  /** Per block. */
  saved: BlockSaved[];
  inputs: View[];
}

/** Uploads what all blocks share. Call inside a {@link scope}. */
export function batchContext(
  model: Model,
  adapter: LoraAdapter | null,
  batch: Batch,
  dropoutSeed: number | null,
): PassContext {
  const { kernels } = model;
  return {
    kernels,
    config: model.config,
    attention: attentionShape(model.config),
    ...model.rope(batch.longest),
    positions: kernels.upload(batch.positions, [batch.size]),
    keyRange: kernels.upload(batch.keyRange, [batch.size, 2]),
    queryRange: kernels.upload(batch.queryRange, [batch.size, 2]),
    adapter,
    dropoutSeed,
  };
}

/** ids int32 [N] → hidden states through all blocks. Frees what `keep` does not ask for, block by block. */
export function stackForward(context: PassContext, model: Model, ids: View, keep: Keep): StackResult {
  let stream: Stream = { residual: model.kernels.gatherRows(model.embedding, ids), delta: null };
  const saved: BlockSaved[] = [];
  const inputs: View[] = [];
  for (const block of model.blocks) {
    const before = stream;
    const result = scope(() => {
      const all = blockForward(context, block, before);
      if (keep === 'activations') return { stream: all.stream, saved: all.saved, input: null };
      return { stream: all.stream, saved: null, input: keep === 'inputs' ? all.saved.h1 : null };
    });
    stream = result.stream;
    if (result.saved) saved.push(result.saved);
    if (result.input) inputs.push(result.input);
    free(before.delta);
    // The residual lives on where it is kept: as h2 of the block before, or as h1 when nothing was added to it.
    const kept = keep === 'activations' || (keep === 'inputs' && before.delta === null);
    if (!kept) free(before.residual);
  }
  return { stream, saved, inputs };
}

/**
 * Gradient of the last block's output down to the first; adds to the adapter's gradients. Frees `dOut` and everything in
 * `forward` as it goes. With `inputs` instead of activations each block is run again first (gradient checkpointing, Chen et
 * al. 2016): the same kernels on the same numbers, so the same gradients.
 */
export function stackBackward(context: PassContext, model: Model, forward: StackResult, dOut: View): void {
  let gradient: View = dOut;
  for (let index = model.blocks.length - 1; index >= 0; index--) {
    const block = model.blocks[index];
    if (!block) return;
    const input = forward.inputs[index];
    const above = gradient;
    const dInput = scope(() => {
      const saved = forward.saved[index] ?? (input && blockAgain(context, block, input));
      return saved ? blockBackward(context, block, saved, above, index > 0) : null;
    });
    free(above, input, ...viewsOf(forward.saved[index]));
    if (!dInput) return;
    gradient = dInput;
  }
}

function viewsOf(saved: BlockSaved | undefined): View[] {
  if (!saved) return [];
  const { low, ...rest } = saved;
  return [...Object.values(rest), ...Object.values(low)].filter((view) => view !== null).map(asView);
}
