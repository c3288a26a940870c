import type { Operand, View } from './runtime/view';
import type { Weight, WeightFormat } from './weights/weight';

/**
 * Every operation that training and chat need, on one device. Three implementations: `plain` (stock tfjs ops, the oracle,
 * any backend), `webgpu` (WGSL on tfjs's command stream), `wasm` (SIMD with threads). Engine code is written against this
 * and nothing else. It is **not** responsible for choosing a device, for memory scopes (callers use tf.tidy), or for
 * what the numbers mean.
 *
 * Letters: N query rows (tokens of a batch, laid end to end without padding), S key rows, H heads, G key-value heads,
 * K head size, D model width, F feed-forward width, V vocabulary, R rank, M supervised positions, P parameters.
 *
 * Rules: inputs are never disposed; results are new tensors that belong to the caller, unless the doc says *in place*.
 * Data is f32, index arrays are int32. Calls only record work (WebGPU) or run it (WASM): all are synchronous. Every
 * reduction has a fixed order, so the same inputs give the same bits on one device.
 */
export interface Kernels {
  readonly name: 'plain' | 'webgpu' | 'wasm';

  /** Formats that this implementation holds weights in. */
  readonly weightFormats: readonly WeightFormat[];
  /** A constant matrix [rows, columns], values not set yet. It outlives tidy scopes, until {@link disposeWeight}. */
  createWeight(format: WeightFormat, shape: readonly [rows: number, columns: number]): Weight;
  /** Puts whole rows of finite values into a weight, from row `firstRow` on, rounded to its format (weights/quantize.ts). */
  writeWeight(weight: Weight, firstRow: number, values: Float32Array): void;
  disposeWeight(weight: Weight): void;

  /**
   * C = alpha · op(A) · op(B) + bias (+ C when `accumulate`), with op the transpose where asked. op(A) is [m, k], op(B)
   * [k, n], `bias` [n]. Forward of a linear layer is NT (Hugging Face stores W as [out, in]), its input gradient NN, its
   * weight gradient TN. Both transposed is not supported. B may be a weight where A is not transposed. Sums in f32.
   */
  matmul(a: Operand, b: Operand | Weight, options?: MatmulOptions): View;

  /**
   * y[i] = x[rows[i]]: table [rows, D], rows int32 [N] → [N, D], f32 whatever the table's format. Embedding lookup, and picking
   * supervised positions.
   */
  gatherRows(table: Operand | Weight, rows: Operand): View;

  /** The inverse for distinct rows: y [count, D] is zero but for y[rows[i]] = x[i]. */
  scatterRows(x: Operand, rows: Operand, count: number): View;

  /**
   * RMSNorm (Zhang & Sennrich 2019) after an optional residual: h = x + residual; rstd = 1/√(mean(h²) + eps);
   * y = h · rstd · weight. x [N, D], weight [D], rstd [N]. Without residual, `h` is x itself (no copy).
   */
  rmsNorm(x: Operand, weight: Operand, eps: number, residual?: Operand): { y: View; h: View; rstd: View };

  /** dh = rstd·(dy·w − ĥ·mean(dy·w·ĥ)) + dResidual, with ĥ = h·rstd. */
  rmsNormBackward(dy: Operand, h: Operand, weight: Operand, rstd: Operand, dResidual?: Operand): View;

  /**
   * Rotary positions (Su et al. 2021) in Hugging Face's half-split layout, *in place* on x [N, heads·K]: with j < K/2,
   * (x_j, x_{j+K/2}) turn by the angle whose cosine is cos[p, j] and sine sin[p, j], p = positions[row].
   * cos and sin [positions, K/2], positions int32 [N]. `inverse` turns back: that is the gradient.
   */
  rope(x: Operand, cos: Operand, sin: Operand, positions: Operand, headSize: number, inverse?: boolean): void;

  /**
   * Attention with grouped key-value heads: o = softmax(scale · q·kᵀ)·v, over the keys keyRange[t] = [first, end) of each
   * query row t (causal and block-diagonal masks are ranges). q [N, H·K], k and v [S, G·K], keyRange int32 [N, 2] →
   * o [N, H·K], lse [N, H] (log-sum-exp of the scaled scores). An empty range gives zeros.
   */
  attention(q: Operand, k: Operand, v: Operand, keyRange: Operand, shape: AttentionShape): { o: View; lse: View };

  /**
   * Gradient of {@link attention} from dO, recomputing probabilities from lse (Dao et al. 2022). queryRange int32 [S, 2]
   * is [first, end) of the query rows that may see key s (a superset is enough: keyRange decides).
   */
  attentionBackward(
    dO: Operand,
    forward: { q: Operand; k: Operand; v: Operand; o: Operand; lse: Operand },
    keyRange: Operand,
    queryRange: Operand,
    shape: AttentionShape,
  ): { dq: View; dk: View; dv: View };

  /** SwiGLU (Shazeer 2020): y = silu(gate)·up, silu(x) = x/(1+e^(−x)). Same shapes. */
  swiglu(gate: Operand, up: Operand): View;
  swigluBackward(dy: Operand, gate: Operand, up: Operand): { dGate: View; dUp: View };

  /** a + b, same shape. */
  add(a: Operand, b: Operand): View;

  /** Target += x, *in place*. */
  addInto(target: Operand, x: Operand): void;

  /** y = x·mask/(1−rate); element i is kept when hash(seed, i) ≥ rate·2³² ({@link Kernels.dropout} uses runtime/dropoutHash). Gradient: the same call on dy. */
  dropout(x: Operand, rate: number, seed: number): View;

  /**
   * One block of columns of an online cross-entropy, *in place* on `state`. logits [M, C] are columns firstColumn …
   * firstColumn+C−1 of [M, V]; targets int32 [M]; state [M, 4] = (max, Σ e^(z−max), target's logit, column of the max;
   * the lowest column on ties), begun by {@link crossEntropyStart}. Loss of a row is max + ln Σ − target's logit.
   */
  crossEntropy(logits: Operand, targets: Operand, firstColumn: number, state: Operand): void;
  /** A fresh state: (−3.4e38, 0, 0, −1) in each of `rows` rows. */
  crossEntropyStart(rows: number): View;
  /**
   * logits ← scale·(softmax − wanted), *in place*, for a block of columns, after the state has seen all blocks. `wanted` is
   * (1 − targetLess)·onehot(target), with `everyColumn` for each column as well: label smoothing ε takes ε from the target and
   * gives ε/V to all.
   */
  crossEntropyBackward(
    logits: Operand,
    targets: Operand,
    firstColumn: number,
    state: Operand,
    scale: number,
    smoothing?: Smoothing,
  ): void;

  /** target[j] += Σ of column j of x [N, D], *in place* on target [D]: the gradient of a bias. */
  addColumnSums(target: Operand, x: Operand): void;

  /** dw[j] += Σ over rows of dy·h·rstd, *in place* on target [D]: the gradient of {@link rmsNorm}'s weight. */
  addNormWeightGradient(target: Operand, dy: Operand, h: Operand, rstd: Operand): void;

  /**
   * target[row] += Σ x[order[i]] for i from first to end − 1, *in place*, for each segment (row, first, end) of
   * scatterAdd/rowSegments: the gradient of {@link gatherRows}, without atomics. target [V, D], x [N, D], order int32 [N],
   * segments int32 [U, 3] of distinct rows.
   */
  scatterAddRows(target: Operand, x: Operand, order: Operand, segments: Operand): void;

  /** Σ x² of a flat buffer → [1], in a fixed order. */
  sumSquares(x: Operand): View;

  /**
   * One AdamW step (Loshchilov & Hutter 2019, as torch.optim.AdamW) *in place* on p, m, v [P]: g' = g·min(1, maxNorm/(√sumSq + 1e-6))
   * (torch's clip_grad_norm_; no clipping at maxNorm 0); p ← p·(1 − lr·wd); m, v moments; p ← p − lr·m̂/(√v̂ + eps).
   */
  adamw(p: Operand, g: Operand, m: Operand, v: Operand, sumSq: Operand, options: AdamwOptions): void;

  /**
   * One step of gradient descent (torch.optim.SGD without momentum; its weight decay is a part of the gradient) *in place* on
   * p [P]: p ← p − lr·(g' + wd·p), with g' clipped as in {@link Kernels.adamw}.
   */
  sgd(p: Operand, g: Operand, sumSq: Operand, options: SgdOptions): void;

  /**
   * One Lion step (Chen et al. 2023, algorithm 2, decoupled weight decay) *in place* on p, m [P]:
   * p ← p·(1 − lr·wd) − lr·sign(β₁m + (1−β₁)g'); m ← β₂m + (1−β₂)g', with sign(0) = 0 and g' clipped as in {@link Kernels.adamw}.
   */
  lion(p: Operand, g: Operand, m: Operand, sumSq: Operand, options: LionOptions): void;

  /**
   * Draws the token that follows a row of `logits` [V], which are changed, by the rule of sample/rule.ts: draw number `index` of
   * a seed is the same on every device. *In place* on `state`: drawn[index] and token[0] become the id, and where there is a
   * repetition penalty its bit in `seen` is set.
   */
  sample(logits: Operand, state: SampleState, index: number, options: SampleOptions): void;

  /**
   * {@link adamw} with moments kept in 8 bits (Dettmers et al. 2022), *in place* on p [P] and `state`: block by block of 256
   * elements, m and v are taken from their codes and the block's scales, the step is made with them in f32, then they are
   * rounded to the nearest value of their maps times the block's new largest. No part of it sees another block.
   */
  adamw8bit(p: Operand, g: Operand, state: Moments8bit, sumSq: Operand, options: AdamwOptions): void;

  /** Σ x² of every row: x [N, D] → [N]. */
  rowSquares(x: Operand): View;
  /**
   * Lengths of the rows of W + s·B·A, which is never formed, *in place* on `norms` and `factors` [out]:
   * norms = √(squares + s·Σ_r b·(2·wa + s·bg)), factors = m/norms (1 where they are equal). For DoRA (Liu et al. 2024).
   */
  doraNorms(of: DoraOperands, scale: number, norms: Operand, factors: Operand): void;
  /** y = x·(factor − less) + bias, by column: x [N, D], factor and bias [D]. `addTo` [N, D]: added to that, *in place*. */
  scaleColumns(x: Operand, factor: Operand, options?: ScaleColumnsOptions): View;
  /** Target[column] += Σ over rows of x·y ÷ divisor[column], *in place*: x, y [N, D], target and divisor [D]. */
  columnDots(target: Operand, x: Operand, y: Operand, divisor: Operand): void;

  /** Every element ← value, *in place*. */
  fill(target: Operand, value: number): void;
  /** target ← source, same size, *in place*. */
  copy(source: Operand, target: Operand): void;

  /** Copies values to the device. */
  upload(values: Float32Array | Int32Array, shape: readonly number[]): View;
  /** A new buffer of zeros. */
  zeros(shape: readonly number[]): View;
  /**
   * Compiles what `work` calls ahead of its first use, without stalling this thread and without doing the work: tensors made in it
   * hold nothing, and must be freed. There where calls are compiled at all (WebGPU).
   */
  prepare?(work: () => void, onCompiled?: OnCompiled): Promise<void>;
  /**
   * Where the device is shared politely (`setPace`), waits for it to finish and leaves it idle for a while; else nothing. To be
   * called between pieces of long work.
   */
  breathe?(): Promise<void>;
  /**
   * Waits for all recorded work and copies values to JavaScript. It, {@link readInts} and {@link finish} fail with whatever went
   * wrong on the device since the last of them, so that no number is believed that was not computed: `device/lost` (from then on
   * every call does), `device/out-of-memory` (data: `neededBytes`, `limitBytes`), `device/error`.
   */
  read(x: Operand): Promise<Float32Array>;
  /** As {@link read}, of int32 elements, each bit as it is. */
  readInts(x: Operand): Promise<Int32Array>;
  /** Submits recorded work; resolves when the device has done it. Fails as {@link read} does. */
  finish(): Promise<void>;
}

/** How many of the shaders that were missing are compiled; not called where none was. */
export type OnCompiled = (done: number, total: number) => void;

export interface MatmulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  alpha?: number;
  bias?: Operand;
  /** Where the result goes, instead of a new tensor. Must not overlap a or b. */
  out?: Operand;
  /** Adds to what `out` holds. */
  accumulate?: boolean;
}

/** How wanted probabilities differ from one for the target: none of it by default. */
export interface Smoothing {
  targetLess: number;
  everyColumn: number;
}

export interface AttentionShape {
  heads: number;
  kvHeads: number;
  headSize: number;
  scale: number;
}

/** What {@link Kernels.sample} reads and writes: int32, on the device. */
export interface SampleState {
  /** [⌈V/32⌉], a bit for each token of the text so far (bit id mod 32 of word ⌊id/32⌋); used where there is a repetition penalty. */
  seen: Operand;
  /** [1], the newest token: what {@link Kernels.gatherRows} embeds next. */
  token: Operand;
  /** [*], every token drawn. */
  drawn: Operand;
}

export interface SampleOptions {
  /** 0 is greedy: the largest logit, the lowest id on ties. */
  temperature: number;
  /** 0: no limit. */
  topK: number;
  /** 1: no limit. */
  topP: number;
  /** 0: no limit. */
  minP: number;
  /** 1: none. */
  repetitionPenalty: number;
  seed: number;
}

export interface ScaleColumnsOptions {
  /** 0 by default. */
  less?: number;
  bias?: Operand;
  addTo?: Operand;
}

export interface DoraOperands {
  /** Σ W² of every row, [out]. */
  squares: Operand;
  /** B [out, R]. */
  b: Operand;
  /** A·Wᵀ [R, out]. */
  wa: Operand;
  /** B·(A·Aᵀ) [out, R]. */
  bg: Operand;
  /** Magnitudes m [out]. */
  m: Operand;
}

/** Moments of P elements in 8 bits; adamw8bit/dynamicMap.ts has the sizes and the maps. All zero: a fresh state. */
export interface Moments8bit {
  /** int32: four codes in a word, the first lowest; those of m, then those of v, each padded to whole blocks. */
  codes: Operand;
  /** The largest |m| of each block, then the largest v of each. */
  scales: Operand;
  /** {@link quantizationMaps} [4, 256]. */
  maps: Operand;
}

export interface SgdOptions {
  learningRate: number;
  weightDecay: number;
  maxNorm: number;
}

export interface LionOptions extends SgdOptions {
  beta1: number;
  beta2: number;
}

export interface AdamwOptions extends LionOptions {
  epsilon: number;
  /** 1 for the first step. */
  step: number;
}
