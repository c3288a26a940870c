import type { Kernels } from '../../kernels/kernels';
import { rowsOf, type View } from '../../kernels/runtime/view';
import { rowSegments } from '../../kernels/scatterAdd/segments';
import type { LinearName } from '../model/modelConfig';

/** Gradients of a linear layer's own parameters: weight [out, in], bias [out]. */
export interface LinearGradients {
  weight: View;
  bias: View | null;
}

/** Gradients of the parameters of one block, each of its parameter's shape. */
export interface BlockGradients {
  inputNorm: View;
  postAttentionNorm: View;
  qNorm: View | null;
  kNorm: View | null;
  linears: Record<LinearName, LinearGradients>;
}

/** Rows firstRow … of a table's gradient: a part as the table itself has it. */
export interface TablePart {
  firstRow: number;
  rows: number;
  gradient: View;
}

/** Gradients of every parameter of a model. The backward pass adds to them, in place. */
export interface ModelGradients {
  /** [V, D] in parts. */
  embedding: readonly TablePart[];
  blocks: readonly BlockGradients[];
  finalNorm: View;
  /** [V, D] in parts; those of the embedding when tied. */
  head: readonly TablePart[];
}

/** dW += dyᵀ·x and db += Σ dy, of y = x·Wᵀ + b. x [N, in], dy [N, out]. */
export function addLinearGradients(kernels: Kernels, { weight, bias }: LinearGradients, x: View, dy: View): void {
  kernels.matmul(dy, x, { transposeA: true, out: weight, accumulate: true });
  if (bias) kernels.addColumnSums(bias, dy);
}

/** The gradient of embedding rows: each token's part of dx [N, D] is added to the row of its id. `ids`: real tokens only. */
export function addEmbeddingGradient(kernels: Kernels, parts: readonly TablePart[], ids: Int32Array, dx: View): void {
  for (const { firstRow, rows, gradient } of parts) {
    const { order, segments } = rowSegments(ids, firstRow, rows);
    if (order.length === 0) continue;
    const cut = kernels.upload(segments, [segments.length / 3, 3]);
    kernels.scatterAddRows(gradient, dx, kernels.upload(order, [order.length]), cut);
  }
}

/** dHead += dLogitsᵀ·y for logits of columns firstColumn …, which lie in one part. dLogits [M, C], y [M, D]. */
export function addHeadGradient(
  kernels: Kernels,
  parts: readonly TablePart[],
  dLogits: View,
  firstColumn: number,
  y: View,
): void {
  const columns = dLogits.shape[1] ?? 0;
  const part = parts.find(({ firstRow, rows }) => firstColumn >= firstRow && firstColumn + columns <= firstRow + rows);
  if (!part) throw new RangeError(`head gradient: columns ${firstColumn} … ${firstColumn + columns} lie in no part`);
  const out = rowsOf(part.gradient, firstColumn - part.firstRow, columns);
  kernels.matmul(dLogits, y, { transposeA: true, out, accumulate: true });
}
