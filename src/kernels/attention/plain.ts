import * as tf from '@tensorflow/tfjs-core';
import type { AttentionShape, Kernels } from '../kernels';
import type { Operand } from '../runtime/view';
import { matrixTensor, tensorOf, tidy, viewOf } from '../runtime/plainStorage';

// N query rows, S key rows, H heads, G key-value heads, K head size. Full [H, N, S] scores: an oracle, not for use.

/** [N, H·K] → [H, N, K] */
function byHead(x: Operand, heads: number, headSize: number): tf.Tensor3D {
  return tf.transpose<tf.Tensor3D>(tf.reshape(matrixTensor(x), [-1, heads, headSize]), [1, 0, 2]);
}
/** [S, G·K] → [H, S, K], each key-value head repeated for its H/G query heads. */
function repeated(x: Operand, { heads, kvHeads, headSize }: AttentionShape): tf.Tensor3D {
  const grouped = tf.expandDims(byHead(x, kvHeads, headSize), 1);
  const size = grouped.shape[2] ?? 0;
  return tf.reshape(tf.tile(grouped, [1, heads / kvHeads, 1, 1]), [heads, size, headSize]);
}
/** [H, N, K] → [N, H·K] */
const byRow = (x: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.transpose(x, [1, 0, 2]), [x.shape[1] ?? 0, (x.shape[0] ?? 0) * (x.shape[2] ?? 0)]);
/** [H, S, K] → [S, G·K], summed over the heads of a group. */
const byGroup = (x: tf.Tensor, { heads, kvHeads, headSize }: AttentionShape): tf.Tensor =>
  byRow(tf.sum(tf.reshape(x, [kvHeads, heads / kvHeads, -1, headSize]), 1));

/** 1 where key s is in the range of row t, else 0: [N, S], the same for every head (tfjs's cpu backend is fast where a side is not there, slow where it is 1). */
function visible(keyRange: Operand, keys: number): tf.Tensor2D {
  const range = tf.cast(matrixTensor(keyRange), 'float32');
  const index = tf.reshape(tf.range(0, keys, 1, 'float32'), [1, keys]);
  const first = tf.slice(range, [0, 0], [-1, 1]);
  const end = tf.slice(range, [0, 1], [-1, 1]);
  const inside: tf.Tensor2D = tf.logicalAnd(tf.greaterEqual(index, first), tf.less(index, end));
  return tf.cast(inside, 'float32');
}

const hidden = -1e30;

export const attention: Kernels['attention'] = (q, k, v, keyRange, shape) =>
  tidy(() => {
    const keys = repeated(k, shape);
    const mask = visible(keyRange, keys.shape[1]);
    const scores = tf.mul(tf.matMul(byHead(q, shape.heads, shape.headSize), keys, false, true), shape.scale);
    const masked = tf.add(tf.mul(scores, mask), tf.mul(tf.sub(1, mask), hidden));
    const largest = tf.max(masked, 2, true);
    const e = tf.mul(tf.exp(tf.sub(masked, largest)), mask);
    const sum = tf.sum(e, 2, true);
    const empty = tf.cast(tf.equal(sum, 0), 'float32');
    const safe = tf.add(sum, empty);
    const o = tf.matMul(tf.div(e, safe), repeated(v, shape));
    const lse = tf.mul(tf.add(largest, tf.log(safe)), tf.sub(1, empty));
    return { o: viewOf(byRow(o)), lse: viewOf(tf.transpose(tf.squeeze(lse, [2]))) };
  });

export const attentionBackward: Kernels['attentionBackward'] = (dO, { q, k, v, o, lse }, keyRange, _range, shape) =>
  tidy(() => {
    const { heads, headSize, scale } = shape;
    const [queries, keys, values] = [byHead(q, heads, headSize), repeated(k, shape), repeated(v, shape)];
    const dOut = byHead(dO, heads, headSize);
    const mask = visible(keyRange, keys.shape[1]);
    const logSum = tf.expandDims(tf.transpose(tensorOf(lse)), 2);
    const scores = tf.mul(tf.matMul(queries, keys, false, true), scale);
    // Hidden scores can be far above the row's log-sum-exp: clamp before exp, or 0·∞ is NaN.
    const p = tf.mul(tf.exp(tf.minimum(tf.sub(scores, logSum), 0)), mask);
    const delta = tf.sum(tf.mul(dOut, byHead(o, heads, headSize)), 2, true);
    const dScores = tf.mul(tf.mul(p, tf.sub(tf.matMul(dOut, values, false, true), delta)), scale);
    return {
      dq: viewOf(byRow(tf.matMul(dScores, keys))),
      dk: viewOf(byGroup(tf.matMul(dScores, queries, true), shape)),
      dv: viewOf(byGroup(tf.matMul(p, dOut, true), shape)),
    };
  });
