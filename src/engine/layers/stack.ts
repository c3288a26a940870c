import { asView, type View } from '../../kernels/runtime/view';
import type { LoraAdapter } from '../adapters/lora';
import type { Batch } from '../batch/buildBatch';
import { addEmbeddingGradient, type ModelGradients } from '../full/gradients';
import type { Model } from '../model/model';
import { free, scope } from '../scope';
import { blockAgain, blockBackward, blockForward, type BlockSaved, type Stream } from './block';
import { attentionShape, type PassContext } from './context';
import { uploadRanges } from './ranges';

/** What a forward pass keeps for the backward pass: nothing, every block's activations, or every block's input only. */
export type Keep = 'nothing' | 'activations' | 'inputs';

export interface StackResult {
  /** Output of the last block, before the final norm. */
  stream: Stream;
  /** Per block, one of the two, or neither. */
  kept: { activations: BlockSaved | null; input: View | null }[];
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
    ...uploadRanges(model, batch.keyRange, batch.queryRange),
    adapter,
    dropoutSeed,
  };
}

/**
 * ids int32 [N] → hidden states through all blocks; `noise` [N, D] is added to the embedded tokens. Frees what `keep` does not ask for, block by block. With `inputs` the last
 * block keeps its activations all the same: the backward pass begins with it.
 */
export function stackForward(
  context: PassContext,
  model: Model,
  ids: View,
  keep: Keep,
  noise: Float32Array | null = null,
): StackResult {
  let stream: Stream = { residual: model.kernels.gatherRows(model.embedding, ids), delta: null };
  if (noise) {
    const added = model.kernels.upload(noise, stream.residual.shape);
    model.kernels.addInto(stream.residual, added);
    free(added);
  }
  const kept: StackResult['kept'] = [];
  model.blocks.forEach((block, index) => {
    const before = stream;
    const whole = keep === 'activations' || (keep === 'inputs' && index === model.blocks.length - 1);
    const result = scope(() => {
      const { stream, saved } = blockForward(context, block, before);
      return { stream, activations: whole ? saved : null, input: keep === 'inputs' && !whole ? saved.h1 : null };
    });
    stream = result.stream;
    kept.push({ activations: result.activations, input: result.input });
    free(before.delta);
    // The residual lives on where it is kept: as h2 of the block before, or as h1 when nothing was added to it.
    if (keep === 'nothing' || (keep === 'inputs' && before.delta !== null)) free(before.residual);
  });
  return { stream, kept };
}

/**
 * Gradient of the last block's output down to the first; adds to the adapter's gradients, and to those of blocks and embedding
 * where `gradients` are wanted. Frees `dOut` and everything in `forward` as it goes. Where only a block's input was kept the block is run again first (gradient checkpointing, Chen et al.
 * 2016): the same kernels on the same numbers, so the same gradients.
 */
export function stackBackward(
  context: PassContext,
  model: Model,
  { kept }: StackResult,
  dOut: View,
  batch: Batch,
  gradients: ModelGradients | null = null,
): void {
  let gradient: View | null = dOut;
  for (let index = model.blocks.length - 1; index >= 0 && gradient; index--) {
    const block = model.blocks[index];
    const { activations, input } = kept[index] ?? { activations: null, input: null };
    const above: View = gradient;
    const own = gradients?.blocks[index] ?? null;
    gradient = scope((): View | null => {
      const saved = activations ?? (input && block && blockAgain(context, block, input));
      return saved && block ? blockBackward(context, block, saved, above, own, own !== null || index > 0) : null;
    });
    free(above, input, ...viewsOf(activations));
  }
  if (!gradients || !gradient) return;
  addEmbeddingGradient(context.kernels, gradients.embedding, batch.ids.subarray(0, batch.tokens), gradient);
  free(gradient);
}

function viewsOf(saved: BlockSaved | null): View[] {
  if (!saved) return [];
  const { low, ...rest } = saved;
  const ofModules = Object.values(low).flatMap((part) => (part ? [part.low, part.plain] : []));
  return [...Object.values(rest), ...ofModules].filter((view) => view !== null).map(asView);
}
