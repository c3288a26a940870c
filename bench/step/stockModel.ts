import * as tf from '@tensorflow/tfjs';
import {
  adapterTensors,
  frozenTensors,
  learningRate,
  loraAlpha,
  rank,
  valuesOf,
  type ModelSides,
  type Row,
} from './workload';

/**
 * The yardstick: the same model, loss and optimizer as a tfjs author would write them with stock operations only, on
 * whichever backend is active. Rows are padded to the longest, attention is masked by addition, the head runs at every
 * position, gradients come from `optimizer.minimize`. Letters: B batch, T tokens, H heads, G key-value heads, K head size,
 * D model width, V vocabulary, R rank.
 */
export class StockModel {
  private readonly frozen: Map<string, tf.Tensor>;
  private readonly adapter: Map<string, tf.Variable>;
  private readonly optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  private readonly cos: tf.Tensor2D;
  private readonly sin: tf.Tensor2D;

  constructor(private readonly sides: ModelSides) {
    this.frozen = new Map(
      frozenTensors(sides).map((wanted) => [wanted.name, tf.tensor(valuesOf(wanted), wanted.shape)]),
    );
    this.adapter = new Map(
      adapterTensors(sides).map((wanted) => [wanted.name, tf.variable(tf.tensor(valuesOf(wanted), wanted.shape))]),
    );
    const { headSize: K, maxPositions, ropeTheta } = sides;
    const angles = Array.from({ length: maxPositions }, (_, position) =>
      Array.from({ length: K }, (_, j) => position / ropeTheta ** ((2 * (j % (K / 2))) / K)),
    );
    this.cos = tf.tensor2d(angles.map((row) => row.map(Math.cos)));
    this.sin = tf.tensor2d(angles.map((row) => row.map(Math.sin)));
  }

  /** One optimizer step; resolves with the loss once the device has done it. */
  async step(rows: readonly Row[]): Promise<number> {
    const batch = padded(rows, this.sides.heads / this.sides.kvHeads);
    const variables = [...this.adapter.values()];
    const cost = this.optimizer.minimize(() => this.loss(batch), true, variables);
    batch.ids.dispose();
    batch.mask.dispose();
    batch.targets.dispose();
    batch.weights.dispose();
    if (!cost) throw new Error('minimize gave no cost');
    const [loss] = await cost.data();
    // The updated factors must exist too, not only the loss that was computed before them.
    await variables.at(-1)?.data();
    cost.dispose();
    return loss ?? NaN;
  }

  dispose(): void {
    for (const tensor of [...this.frozen.values(), ...this.adapter.values(), this.cos, this.sin]) tensor.dispose();
    this.optimizer.dispose();
  }

  /** Mean cross-entropy over the supervised positions, shifted by one. */
  private loss({ ids, mask, targets, weights }: PaddedBatch): tf.Scalar {
    const { vocabSize: V, hiddenSize: D, layers, rmsNormEps } = this.sides;
    const [B = 0, T = 0] = ids.shape;
    const embedding = this.get('model.embed_tokens.weight');
    let x = tf.reshape(tf.gather(embedding, ids), [B * T, D]);
    for (let layer = 0; layer < layers; layer++) x = this.block(layer, x, mask, B, T);
    x = rmsNorm(x, this.get('model.norm.weight'), rmsNormEps);
    const logits = tf.matMul(x, embedding, false, true);
    return tf.losses.softmaxCrossEntropy(tf.oneHot(targets, V), logits, weights);
  }

  private block(layer: number, x: tf.Tensor, mask: tf.Tensor, B: number, T: number): tf.Tensor {
    const { heads: H, kvHeads: G, headSize: K, rmsNormEps } = this.sides;
    const at = `model.layers.${layer}`;
    const h = rmsNorm(x, this.get(`${at}.input_layernorm.weight`), rmsNormEps);
    const heads = (name: string, count: number): tf.Tensor4D =>
      tf.transpose(tf.reshape(this.linear(`${at}.self_attn.${name}`, h), [B, T, count, K]), [0, 2, 1, 3]);
    // The H/G query heads of a group lie one after another: folded into its rows, they need no copy of k and v.
    const q = tf.reshape(this.rotate(heads('q_proj', H), T), [B, G, (H / G) * T, K]);
    const k = this.rotate(heads('k_proj', G), T);
    const v = heads('v_proj', G);
    const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(K)), mask);
    const mixed = tf.reshape(tf.matMul(tf.softmax(scores), v), [B, H, T, K]);
    const attended = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, H * K]);
    const y = tf.add(x, this.linear(`${at}.self_attn.o_proj`, attended));
    const n = rmsNorm(y, this.get(`${at}.post_attention_layernorm.weight`), rmsNormEps);
    const gate = this.linear(`${at}.mlp.gate_proj`, n);
    const up = this.linear(`${at}.mlp.up_proj`, n);
    const fed = this.linear(`${at}.mlp.down_proj`, tf.mul(tf.mul(gate, tf.sigmoid(gate)), up));
    return tf.add(y, fed);
  }

  /** W·x + b + α/R · B(A·x), for x [N, in]. */
  private linear(path: string, x: tf.Tensor): tf.Tensor {
    const bias = this.frozen.get(`${path}.bias`);
    const base = tf.matMul(x, this.get(`${path}.weight`), false, true);
    const a = this.factor(`base_model.model.${path}.lora_A.weight`);
    const b = this.factor(`base_model.model.${path}.lora_B.weight`);
    const low = tf.matMul(tf.matMul(x as tf.Tensor2D, a, false, true), b, false, true);
    const sum = tf.add(base, tf.mul(low, loraAlpha / rank));
    return bias ? tf.add(sum, bias) : sum;
  }

  /** Rotary positions, half-split: x·cos + (−x₂, x₁)·sin, for x [B, heads, T, K]. */
  private rotate(x: tf.Tensor4D, T: number): tf.Tensor4D {
    const { headSize: K } = this.sides;
    const [first, second] = tf.split(x, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
    const turned = tf.concat([tf.neg(second), first], 3);
    const cos = tf.slice(this.cos, [0, 0], [T, K]);
    const sin = tf.slice(this.sin, [0, 0], [T, K]);
    return tf.add(tf.mul(x, cos), tf.mul(turned, sin));
  }

  private get(name: string): tf.Tensor {
    const tensor = this.frozen.get(name);
    if (!tensor) throw new Error(`${name}: no such tensor`);
    return tensor;
  }

  private factor(name: string): tf.Tensor2D {
    const variable = this.adapter.get(name);
    if (!variable) throw new Error(`${name}: no such factor`);
    return variable as unknown as tf.Tensor2D;
  }
}

/** x · weight / √(mean(x²) + eps) over the last side. */
function rmsNorm(x: tf.Tensor, weight: tf.Tensor, eps: number): tf.Tensor {
  const mean = tf.mean(tf.square(x), -1, true);
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(mean, eps))), weight);
}

interface PaddedBatch {
  /** [B, T] */
  ids: tf.Tensor2D;
  /** [B, 1, H/G·T, T]: 0 where a key may be seen, −1e9 elsewhere. */
  mask: tf.Tensor4D;
  /** [B·T]: the next token's id. */
  targets: tf.Tensor1D;
  /** [B·T]: 1 where a position is supervised. */
  weights: tf.Tensor1D;
}

function padded(rows: readonly Row[], groupHeads: number): PaddedBatch {
  const T = Math.max(...rows.map(({ inputIds }) => inputIds.length));
  const columns = Array.from({ length: T }, (_, t) => t);
  const ids = rows.map(({ inputIds }) => columns.map((t) => inputIds[t] ?? 0));
  const next = rows.flatMap(({ labels }) => columns.map((t) => labels[t + 1] ?? -100));
  const mask = rows.map(({ inputIds }) => {
    const oneHead = columns.map((t) => columns.map((s) => (s <= t && s < inputIds.length ? 0 : -1e9)));
    return [Array.from({ length: groupHeads }, () => oneHead).flat()];
  });
  return {
    ids: tf.tensor2d(ids, undefined, 'int32'),
    mask: tf.tensor4d(mask),
    targets: tf.tensor1d(
      next.map((label) => Math.max(label, 0)),
      'int32',
    ),
    weights: tf.tensor1d(next.map((label) => (label < 0 ? 0 : 1))),
  };
}
