import type { Kernels } from '../../kernels/kernels';
import { rowsOf, type View } from '../../kernels/runtime/view';
import { weightRows, type Weight } from '../../kernels/weights/weight';
import type { Batch } from '../batch/buildBatch';
import { addHeadGradient, type ModelGradients } from '../full/gradients';
import type { Stream } from '../layers/block';
import type { Model } from '../model/model';
import { free, scope } from '../scope';

/**
 * Final norm, head and cross-entropy at the M supervised positions only, over blocks of C vocabulary columns: full logits of
 * 512 tokens of a 151,936-token vocabulary would be 311 MB. Letters: N tokens, M supervised (bucketed), D width, V vocabulary.
 * The state [M, 4] holds each position's max, Σ e^(z−max), target's logit and best column.
 */
export const headBlockColumns = 8192;

export interface HeadOptions {
  /** Vocabulary columns at a time; for tests. */
  columns?: number | undefined;
  /** Label smoothing ε; 0 by default. */
  smoothing?: number | undefined;
}

export interface HeadResult {
  state: View;
  /** What tokenLosses reads: the state, and with smoothing each position's mean logit behind it, [5, M] numbers in all. */
  losses: View;
  targetRows: View;
  targets: View;
  h: View;
  rstd: View;
  /** [M, D], the head's input. */
  y: View;
  /** Kept when the vocabulary is one block: spares the second sweep a matmul. */
  logits: View | null;
}

/** Column blocks of the head: first column and count. None crosses the border of two parts. */
function* columnBlocks({ parts }: Weight, width: number): Generator<[number, number]> {
  for (const { firstRow, rows } of parts)
    for (let first = 0; first < rows; first += width) yield [firstRow + first, Math.min(width, rows - first)];
}

/** Hidden states of picked rows, normed: y, h [M, D], rstd [M]. */
export function normedRows(model: Model, stream: Stream, rows: View): { y: View; h: View; rstd: View } {
  const { kernels, config, finalNorm } = model;
  const residual = kernels.gatherRows(stream.residual, rows);
  if (!stream.delta) return kernels.rmsNorm(residual, finalNorm, config.rmsNormEps);
  return kernels.rmsNorm(kernels.gatherRows(stream.delta, rows), finalNorm, config.rmsNormEps, residual);
}

/** Everything that the loss and its gradient need. Call inside a scope; the batch must have a supervised position. */
export function headForward(
  model: Model,
  stream: Stream,
  batch: Batch,
  { columns = headBlockColumns, smoothing = 0 }: HeadOptions = {},
): HeadResult {
  const { kernels, config, head } = model;
  const count = batch.targets.length;
  const targetRows = kernels.upload(batch.targetRows, [count]);
  const targets = kernels.upload(batch.targets, [count]);
  const { y, h, rstd } = normedRows(model, stream, targetRows);
  const state = kernels.crossEntropyStart(count);
  const means = smoothing > 0 ? kernels.zeros([count, 1]) : null;
  let kept: View | null = null;
  for (const [first, width] of columnBlocks(head, columns)) {
    const logits = kernels.matmul(y, weightRows(head, first, width), { transposeB: true });
    kernels.crossEntropy(logits, targets, first, state);
    if (means) addMeans(kernels, logits, 1 / config.vocabSize, means);
    if (width === config.vocabSize) kept = logits;
    else free(logits);
  }
  return {
    state,
    losses: means ? joined(kernels, state, means) : state,
    targetRows,
    targets,
    h,
    rstd,
    y,
    logits: kept,
  };
}

/** means [M, 1] += factor · the sum of each row of logits [M, C], as a product with ones. */
function addMeans(kernels: Kernels, logits: View, factor: number, means: View): void {
  const width = logits.shape[1] ?? 0;
  const ones = kernels.upload(new Float32Array(width).fill(1), [width, 1]);
  kernels.matmul(logits, ones, { alpha: factor, out: means, accumulate: true });
  free(ones);
}

/** state [M, 4] and means [M, 1] behind one another, so that one read fetches both. */
function joined(kernels: Kernels, state: View, means: View): View {
  const [count = 0] = state.shape;
  const whole = kernels.zeros([5, count]);
  kernels.copy(state, { ...whole, shape: [4, count] });
  kernels.copy(means, { ...whole, offset: whole.offset + 4 * count, shape: [count] });
  return whole;
}

/**
 * Gradient of `scale`·Σ loss with respect to the last block's output, [N, D]: zero rows where nothing is supervised. Rows
 * that only fill the bucket are left out. Those of head and final norm are added to `gradients`, unless they are frozen.
 */
export function headBackward(
  model: Model,
  batch: Batch,
  saved: HeadResult,
  scale: number,
  { columns = headBlockColumns, smoothing = 0 }: HeadOptions = {},
  gradients: ModelGradients | null = null,
): View {
  const { kernels, config, head } = model;
  const real = (view: View): View => rowsOf(view, 0, batch.supervised);
  return scope(() => {
    let dy: View | null = null;
    const wanted = { targetLess: smoothing, everyColumn: smoothing / config.vocabSize };
    for (const [first, width] of columnBlocks(head, columns)) {
      const weights = weightRows(head, first, width);
      const logits = saved.logits ?? kernels.matmul(saved.y, weights, { transposeB: true });
      kernels.crossEntropyBackward(logits, saved.targets, first, saved.state, scale, wanted);
      dy = kernels.matmul(logits, weights, dy ? { out: dy, accumulate: true } : {});
      if (gradients) addHeadGradient(kernels, gradients.head, real(logits), first, real(saved.y));
      if (!saved.logits) free(logits);
    }
    const dHidden = kernels.rmsNormBackward(dy as View, saved.h, model.finalNorm, saved.rstd);
    if (gradients)
      kernels.addNormWeightGradient(gradients.finalNorm, real(dy as View), real(saved.h), real(saved.rstd));
    return kernels.scatterRows(real(dHidden), real(saved.targetRows), batch.size);
  });
}
