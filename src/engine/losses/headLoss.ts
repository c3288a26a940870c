import { rowsOf, type View } from '../../kernels/runtime/view';
import type { Batch } from '../batch/buildBatch';
import type { Stream } from '../layers/block';
import type { Model } from '../model/model';
import { free, scope } from '../scope';

/**
 * Final norm, head and cross-entropy at the M supervised positions only, over blocks of C vocabulary columns: full logits of
 * 512 tokens of a 151,936-token vocabulary would be 311 MB. Letters: N tokens, M supervised (bucketed), D width, V vocabulary.
 * The state [M, 4] holds each position's max, Σ e^(z−max), target's logit and best column.
 */
export const headBlockColumns = 8192;

export interface HeadResult {
  state: View;
  targetRows: View;
  targets: View;
  h: View;
  rstd: View;
  /** [M, D], the head's input. */
  y: View;
  /** Kept when the vocabulary is one block: spares the second sweep a matmul. */
  logits: View | null;
}

/** Column blocks of [0, V): first column and count. */
function* columnBlocks(vocabSize: number, width: number): Generator<[number, number]> {
  for (let first = 0; first < vocabSize; first += width) yield [first, Math.min(width, vocabSize - first)];
}

/** Hidden states of picked rows, normed: y, h [M, D], rstd [M]. */
export function normedRows(model: Model, stream: Stream, rows: View): { y: View; h: View; rstd: View } {
  const { kernels, config, finalNorm } = model;
  const residual = kernels.gatherRows(stream.residual, rows);
  if (!stream.delta) return kernels.rmsNorm(residual, finalNorm, config.rmsNormEps);
  return kernels.rmsNorm(kernels.gatherRows(stream.delta, rows), finalNorm, config.rmsNormEps, residual);
}

/** Everything that the loss and its gradient need. Call inside a scope; the batch must have a supervised position. */
export function headForward(model: Model, stream: Stream, batch: Batch, blockColumns = headBlockColumns): HeadResult {
  const { kernels, config, head } = model;
  const count = batch.targets.length;
  const targetRows = kernels.upload(batch.targetRows, [count]);
  const targets = kernels.upload(batch.targets, [count]);
  const { y, h, rstd } = normedRows(model, stream, targetRows);
  const state = kernels.crossEntropyStart(count);
  let kept: View | null = null;
  for (const [first, width] of columnBlocks(config.vocabSize, blockColumns)) {
    const logits = kernels.matmul(y, rowsOf(head, first, width), { transposeB: true });
    kernels.crossEntropy(logits, targets, first, state);
    if (width === config.vocabSize) kept = logits;
    else free(logits);
  }
  return { state, targetRows, targets, h, rstd, y, logits: kept };
}

/**
 * Gradient of `scale`·Σ loss with respect to the last block's output, [N, D]: zero rows where nothing is supervised. Rows
 * that only fill the bucket are left out.
 */
export function headBackward(
  model: Model,
  batch: Batch,
  saved: HeadResult,
  scale: number,
  blockColumns = headBlockColumns,
): View {
  const { kernels, config, head } = model;
  return scope(() => {
    let dy: View | null = null;
    for (const [first, width] of columnBlocks(config.vocabSize, blockColumns)) {
      const weights = rowsOf(head, first, width);
      const logits = saved.logits ?? kernels.matmul(saved.y, weights, { transposeB: true });
      kernels.crossEntropyBackward(logits, saved.targets, first, saved.state, scale);
      dy = kernels.matmul(logits, weights, dy ? { out: dy, accumulate: true } : {});
      if (!saved.logits) free(logits);
    }
    const dHidden = kernels.rmsNormBackward(dy as View, saved.h, model.finalNorm, saved.rstd);
    const real = batch.supervised;
    return kernels.scatterRows(rowsOf(dHidden, 0, real), rowsOf(saved.targetRows, 0, real), batch.size);
  });
}
