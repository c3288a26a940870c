import type { View } from '../../kernels/runtime/view';
import { dropoutHash } from '../../kernels/runtime/dropoutHash';
import type { LoraModule } from '../adapters/lora';
import type { Linear } from '../model/model';
import type { PassContext } from './context';

/**
 * A frozen linear layer with an optional LoRA side path. N rows, R rank.
 * Forward:  t = dropout(x)·Aᵀ [N, R];  y = x·Wᵀ + b + s·t·Bᵀ
 * Backward: dB += s·dyᵀ·t;  dt = s·dy·B;  dA += dtᵀ·dropout(x);  dx = dy·W + dropout'(dt·A)
 * W + s·B·A is never formed: the side path costs N·R·(in + out) instead of out·in·R.
 */
export interface LinearResult {
  y: View;
  /** t, kept for the backward pass; null without LoRA. */
  low: View | null;
}

const loraOf = (context: PassContext, linear: Linear): LoraModule | undefined =>
  context.adapter?.modules.get(linear.path);

/** dropout(x) for a module, the same mask in every call of one micro-batch; x itself when there is none. */
function dropped(context: PassContext, module: LoraModule, x: View): View {
  const rate = context.adapter?.settings.lora_dropout ?? 0;
  if (rate === 0 || context.dropoutSeed === null) return x;
  return context.kernels.dropout(x, rate, dropoutHash(context.dropoutSeed, module.index));
}

/** t alone; null without LoRA. */
export function linearLow(context: PassContext, linear: Linear, x: View): View | null {
  const module = loraOf(context, linear);
  return module ? context.kernels.matmul(dropped(context, module, x), module.a, { transposeB: true }) : null;
}

/** x [N, in] → y [N, out]. */
export function linearForward(context: PassContext, linear: Linear, x: View): LinearResult {
  const { kernels, adapter } = context;
  const y = kernels.matmul(x, linear.weight, { transposeB: true, ...(linear.bias ? { bias: linear.bias } : {}) });
  const module = loraOf(context, linear);
  const low = linearLow(context, linear, x);
  if (!module || !adapter || !low) return { y, low: null };
  kernels.matmul(low, module.b, { transposeB: true, alpha: adapter.scale, out: y, accumulate: true });
  return { y, low };
}

/**
 * Adds the gradients of A and B to the adapter's, and the input's gradient to `dx` (a new tensor when there is none yet).
 * `needInput` false: the input's gradient is not wanted and null is returned.
 */
export function linearBackward(
  context: PassContext,
  linear: Linear,
  { x, low, dy }: { x: View; low: View | null; dy: View },
  dx: View | null,
  needInput = true,
): View | null {
  const { kernels, adapter } = context;
  const module = loraOf(context, linear);
  let result = dx;
  if (needInput) result = kernels.matmul(dy, linear.weight, result ? { out: result, accumulate: true } : {});
  if (!module || !adapter || !low) return result;
  const lowGradient = kernels.matmul(dy, module.b, { alpha: adapter.scale });
  if (module.aGradient && module.bGradient) {
    const scaled = { transposeA: true, accumulate: true } as const;
    kernels.matmul(dy, low, { ...scaled, alpha: adapter.scale, out: module.bGradient });
    kernels.matmul(lowGradient, dropped(context, module, x), { ...scaled, out: module.aGradient });
  }
  if (!result) return null;
  const rate = adapter.settings.lora_dropout;
  if (rate === 0 || context.dropoutSeed === null)
    kernels.matmul(lowGradient, module.a, { out: result, accumulate: true });
  else kernels.addInto(result, dropped(context, module, kernels.matmul(lowGradient, module.a)));
  return result;
}
