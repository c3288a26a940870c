import { reshape, type View } from '../../kernels/runtime/view';
import { addLinearGradients, type BlockGradients } from '../full/gradients';
import type { BlockWeights } from '../model/model';
import type { LinearName } from '../model/modelConfig';
import type { PassContext, Ranges } from './context';
import { linearBackward, linearForward, linearSaved, type LinearSaved } from './linear';

/**
 * One pre-norm decoder block (Qwen2, Qwen3, Llama), forward and backward written out.
 * Letters: N tokens, D width, F feed-forward, H heads, G key-value heads, K head size, R rank.
 *
 *     h1 = residual + delta          n1 = RMSNorm(h1)
 *     q, k, v = linears(n1)          (q, k = RMSNorm per head), rotated
 *     o  = attention(q, k, v)        a = o_proj(o)
 *     h2 = h1 + a                    n2 = RMSNorm(h2)
 *     d  = down_proj(SwiGLU(gate_proj(n2), up_proj(n2)))
 *
 * The block's output h2 + d is left as the pair (residual h2, delta d): the next norm adds them in the same kernel.
 */
export interface Stream {
  /** [N, D] */
  residual: View;
  /** [N, D] still to be added; null: nothing. */
  delta: View | null;
}

/** What the backward pass needs of the forward pass. */
export interface BlockSaved {
  h1: View;
  rstd1: View;
  n1: View;
  /** Before Q/K norm; null in families without it. */
  qRaw: View | null;
  kRaw: View | null;
  rstdQ: View | null;
  rstdK: View | null;
  q: View;
  k: View;
  v: View;
  o: View;
  lse: View;
  h2: View;
  rstd2: View;
  n2: View;
  gate: View;
  up: View;
  /** SwiGLU's result, input of down_proj. */
  act: View;
  /** Of the adapted modules. */
  low: Record<LinearName, LinearSaved | null>;
}

/** Where keys and values of this pass are attended to, other than themselves: a cache, in chat. */
export type KeyValues = (k: View, v: View) => { k: View; v: View };

/** Runs a block. Every tensor of the result belongs to the caller; `saved.h1` is `stream.residual` itself when delta is null. */
export function blockForward(
  context: PassContext,
  block: BlockWeights,
  stream: Stream,
  keyValues?: KeyValues,
): { stream: Stream; saved: BlockSaved } {
  const saved = upToActivation(context, block, stream, keyValues);
  const down = linearForward(context, block.linears.down_proj, saved.act);
  saved.low.down_proj = down.low;
  return { stream: { residual: saved.h2, delta: down.y }, saved };
}

/** The same for the backward pass alone, from the kept input h1: the block's output is not needed again. */
export function blockAgain(context: PassContext, block: BlockWeights, h1: View): BlockSaved {
  const saved = upToActivation(context, block, { residual: h1, delta: null });
  saved.low.down_proj = linearSaved(context, block.linears.down_proj, saved.act);
  return saved;
}

/** Everything but down_proj. */
function upToActivation(context: PassContext, block: BlockWeights, stream: Stream, keyValues?: KeyValues): BlockSaved {
  const { kernels, config, cos, sin, positions } = context;
  const { linears } = block;
  const eps = config.rmsNormEps;
  const headSize = config.headSize;

  const norm1 = stream.delta
    ? kernels.rmsNorm(stream.delta, block.inputNorm, eps, stream.residual)
    : kernels.rmsNorm(stream.residual, block.inputNorm, eps);
  const q = linearForward(context, linears.q_proj, norm1.y);
  const k = linearForward(context, linears.k_proj, norm1.y);
  const v = linearForward(context, linears.v_proj, norm1.y);
  const normQ = block.qNorm && headNorm(context, q.y, block.qNorm);
  const normK = block.kNorm && headNorm(context, k.y, block.kNorm);
  const qRotated = normQ ? reshape(normQ.y, q.y.shape) : q.y;
  const kRotated = normK ? reshape(normK.y, k.y.shape) : k.y;
  kernels.rope(qRotated, cos, sin, positions, headSize);
  kernels.rope(kRotated, cos, sin, positions, headSize);
  const keys = keyValues?.(kRotated, v.y) ?? { k: kRotated, v: v.y };
  const { o, lse } = kernels.attention(qRotated, keys.k, keys.v, rangesOf(context, block).keyRange, context.attention);
  const attended = linearForward(context, linears.o_proj, o);

  const norm2 = kernels.rmsNorm(attended.y, block.postAttentionNorm, eps, norm1.h);
  const gate = linearForward(context, linears.gate_proj, norm2.y);
  const up = linearForward(context, linears.up_proj, norm2.y);
  return {
    h1: norm1.h,
    rstd1: norm1.rstd,
    n1: norm1.y,
    qRaw: normQ ? q.y : null,
    kRaw: normK ? k.y : null,
    rstdQ: normQ ? normQ.rstd : null,
    rstdK: normK ? normK.rstd : null,
    q: qRotated,
    k: kRotated,
    v: v.y,
    o,
    lse,
    h2: norm2.h,
    rstd2: norm2.rstd,
    n2: norm2.y,
    gate: gate.y,
    up: up.y,
    act: kernels.swiglu(gate.y, up.y),
    low: {
      q_proj: q.low,
      k_proj: k.low,
      v_proj: v.low,
      o_proj: attended.low,
      gate_proj: gate.low,
      up_proj: up.low,
      down_proj: null,
    },
  };
}

/** What a layer sees: all before it in its row, or the end of that where it slides. */
const rangesOf = (context: PassContext, block: BlockWeights): Ranges =>
  block.slides && context.sliding ? context.sliding : context;

/** RMSNorm over each head: [N, heads·K] seen as [N·heads, K]. */
function headNorm(context: PassContext, x: View, weight: View): { y: View; rstd: View } {
  const headSize = context.config.headSize;
  const size = x.shape.reduce((product, side) => product * side, 1);
  return context.kernels.rmsNorm(reshape(x, [size / headSize, headSize]), weight, context.config.rmsNormEps);
}

/**
 * From the gradient of the block's output (h2 + d) to that of its input h1; gradients of adapted modules are added to the
 * adapter's, those of the block's own parameters to `gradients`, unless they are frozen. `needInput` false (the first block
 * under frozen embeddings) leaves out what only the input's gradient needs.
 */
export function blockBackward(
  context: PassContext,
  block: BlockWeights,
  saved: BlockSaved,
  dOut: View,
  gradients: BlockGradients | null,
  needInput: boolean,
): View | null {
  const { kernels } = context;
  const { linears } = block;
  const { low } = saved;
  const part = (name: LinearName, x: View, dy: View, dx: View | null, wanted = true): View | null => {
    if (gradients) addLinearGradients(kernels, gradients.linears[name], x, dy);
    return linearBackward(context, linears[name], { x, low: low[name], dy }, dx, wanted);
  };

  const dAct = part('down_proj', saved.act, dOut, null) as View;
  const { dGate, dUp } = kernels.swigluBackward(dAct, saved.gate, saved.up);
  const dN2 = part('up_proj', saved.n2, dUp, part('gate_proj', saved.n2, dGate, null)) as View;
  if (gradients) kernels.addNormWeightGradient(gradients.postAttentionNorm, dN2, saved.h2, saved.rstd2);
  const dH2 = kernels.rmsNormBackward(dN2, saved.h2, block.postAttentionNorm, saved.rstd2, dOut);

  const dO = part('o_proj', saved.o, dH2, null) as View;
  const { keyRange, queryRange } = rangesOf(context, block);
  const { dq, dk, dv } = kernels.attentionBackward(dO, saved, keyRange, queryRange as View, context.attention);
  const dQ = unrotate(context, dq, saved.qRaw, block.qNorm, saved.rstdQ, gradients?.qNorm ?? null);
  const dK = unrotate(context, dk, saved.kRaw, block.kNorm, saved.rstdK, gradients?.kNorm ?? null);
  let dN1 = part('q_proj', saved.n1, dQ, null, needInput);
  dN1 = part('k_proj', saved.n1, dK, dN1, needInput);
  dN1 = part('v_proj', saved.n1, dv, dN1, needInput);
  if (gradients && dN1) kernels.addNormWeightGradient(gradients.inputNorm, dN1, saved.h1, saved.rstd1);
  return dN1 && kernels.rmsNormBackward(dN1, saved.h1, block.inputNorm, saved.rstd1, dH2);
}

/** Gradient through rotation (in place) and, where the family has it, the norm over each head, whose own is added to `dWeight`. */
function unrotate(
  context: PassContext,
  dx: View,
  raw: View | null,
  weight: View | null,
  rstd: View | null,
  dWeight: View | null,
): View {
  const { kernels, config, cos, sin, positions } = context;
  kernels.rope(dx, cos, sin, positions, config.headSize, true);
  if (!raw || !weight || !rstd) return dx;
  const heads = (view: View): View => reshape(view, [rstd.shape.reduce((a, b) => a * b, 1), config.headSize]);
  if (dWeight) kernels.addNormWeightGradient(dWeight, heads(dx), heads(raw), rstd);
  return reshape(kernels.rmsNormBackward(heads(dx), heads(raw), weight, rstd), dx.shape);
}
