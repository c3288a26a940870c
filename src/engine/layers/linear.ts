import type { View } from '../../kernels/runtime/view';
import { dropoutHash } from '../../kernels/runtime/dropoutHash';
import type { LoraModule } from '../adapters/lora';
import type { Linear } from '../model/model';
import { free } from '../scope';
import type { PassContext } from './context';

/**
 * A frozen linear layer with an optional LoRA side path. N rows, R rank.
 * Forward:  t = dropout(x)·Aᵀ [N, R];  y = x·Wᵀ + b + s·t·Bᵀ
 * Backward: dB += s·dyᵀ·t;  dt = s·dy·B;  dA += dtᵀ·dropout(x);  dx = dy·W + dropout'(dt·A)
 * W + s·B·A is never formed: the side path costs N·R·(in + out) instead of out·in·R.
 *
 * DoRA (adapters/dora.ts: magnitudes m, c = m/‖W + s·B·A‖ by output), with u = dropout(x)·Wᵀ + s·t·Bᵀ [N, out], as PEFT:
 * Forward:  y = x·Wᵀ + b + s·t·Bᵀ + (c − 1)·u, which is c·u + b without dropout
 * Backward: dm += Σ dy·u/‖·‖;  dB, dt as above with c·dy for dy;  dx = dy·W + dropout'(((c − 1)·dy)·W + dt·A), without
 *           dropout (c·dy)·W + dt·A
 */
export interface LinearResult {
  y: View;
  /** Kept for the backward pass; null without LoRA. */
  low: LinearSaved | null;
}

export interface LinearSaved {
  /** t */
  low: View;
  /** u; null without DoRA. */
  plain: View | null;
}

const loraOf = (context: PassContext, linear: Linear): LoraModule | undefined =>
  context.adapter?.modules.get(linear.path);

const drops = ({ adapter, dropoutSeed }: PassContext): boolean =>
  dropoutSeed !== null && (adapter?.settings.lora_dropout ?? 0) > 0;

/** dropout(x) for a module, the same mask in every call of one micro-batch; x itself when there is none. */
function dropped(context: PassContext, module: LoraModule, x: View): View {
  const { adapter, dropoutSeed } = context;
  if (!adapter || dropoutSeed === null || !drops(context)) return x;
  return context.kernels.dropout(x, adapter.settings.lora_dropout, dropoutHash(dropoutSeed, module.index));
}

/** What the backward pass needs of a layer, without its output; null without LoRA. */
export function linearSaved(context: PassContext, linear: Linear, x: View): LinearSaved | null {
  const { kernels, adapter } = context;
  const module = loraOf(context, linear);
  if (!module || !adapter) return null;
  const given = dropped(context, module, x);
  const low = kernels.matmul(given, module.a, { transposeB: true });
  if (!module.dora) return { low, plain: null };
  const plain = kernels.matmul(given, linear.weight, { transposeB: true });
  kernels.matmul(low, module.b, { transposeB: true, alpha: adapter.scale, out: plain, accumulate: true });
  return { low, plain };
}

/** x [N, in] → y [N, out]. */
export function linearForward(context: PassContext, linear: Linear, x: View): LinearResult {
  const { kernels, adapter } = context;
  const module = loraOf(context, linear);
  const low = linearSaved(context, linear, x);
  const bias = linear.bias ? { bias: linear.bias } : {};
  if (module?.dora && low?.plain && !drops(context)) {
    const y = kernels.scaleColumns(low.plain, module.dora.factors, bias);
    // In chat nothing is kept.
    if (module.dora.magnitudeGradient) return { y, low };
    free(low.plain);
    return { y, low: { low: low.low, plain: null } };
  }
  const y = kernels.matmul(x, linear.weight, { transposeB: true, ...bias });
  if (!module || !adapter || !low) return { y, low: null };
  kernels.matmul(low.low, module.b, { transposeB: true, alpha: adapter.scale, out: y, accumulate: true });
  if (module.dora && low.plain) kernels.scaleColumns(low.plain, module.dora.factors, { less: 1, addTo: y });
  return { y, low };
}

/**
 * Adds the gradients of A, B and magnitudes to the adapter's, and the input's gradient to `dx` (a new tensor when there is none
 * yet). `needInput` false: the input's gradient is not wanted and null is returned.
 */
export function linearBackward(
  context: PassContext,
  linear: Linear,
  { x, low, dy }: { x: View; low: LinearSaved | null; dy: View },
  dx: View | null,
  needInput = true,
): View | null {
  const { kernels, adapter } = context;
  const module = loraOf(context, linear);
  const dora = module?.dora ?? null;
  const dropping = drops(context);
  if (dora?.magnitudeGradient && low?.plain) kernels.columnDots(dora.magnitudeGradient, dy, low.plain, dora.norms);
  // Gradient of u: what W and B see of dy.
  const du = dora ? kernels.scaleColumns(dy, dora.factors) : dy;
  let result = dx;
  if (needInput)
    result = kernels.matmul(dropping ? dy : du, linear.weight, result ? { out: result, accumulate: true } : {});
  if (!module || !adapter || !low) return result;
  const lowGradient = kernels.matmul(du, module.b, { alpha: adapter.scale });
  if (module.aGradient && module.bGradient) {
    const added = { transposeA: true, accumulate: true } as const;
    kernels.matmul(du, low.low, { ...added, alpha: adapter.scale, out: module.bGradient });
    kernels.matmul(lowGradient, dropped(context, module, x), { ...added, out: module.aGradient });
  }
  if (dora) free(du);
  if (!result) return null;
  if (!dropping) {
    kernels.matmul(lowGradient, module.a, { out: result, accumulate: true });
    return result;
  }
  const through = kernels.matmul(lowGradient, module.a);
  if (dora) {
    const rest = kernels.scaleColumns(dy, dora.factors, { less: 1 });
    kernels.matmul(rest, linear.weight, { out: through, accumulate: true });
    free(rest);
  }
  kernels.addInto(result, dropped(context, module, through));
  return result;
}
