import { TunesmithError } from '../../lib/errors';
import type { Kernels } from '../kernels';
import type { WebgpuRunner } from '../runtime/webgpuRunner';
import type { KernelHealth } from './kernelHealth';
import { plainOnWebgpu } from './plainOnWebgpu';

/** Operations that run shaders, each with a plain version. */
export const ops = [
  'matmul',
  'gatherRows',
  'scatterRows',
  'rmsNorm',
  'rmsNormBackward',
  'rope',
  'attention',
  'attentionBackward',
  'swiglu',
  'swigluBackward',
  'add',
  'addInto',
  'dropout',
  'crossEntropy',
  'crossEntropyBackward',
  'addColumnSums',
  'addNormWeightGradient',
  'scatterAddRows',
  'sumSquares',
  'adamw',
  'sgd',
  'lion',
  'adamw8bit',
  'rowSquares',
  'doraNorms',
  'scaleColumns',
  'columnDots',
  'sample',
  'fill',
  'copy',
  'zeros',
] as const satisfies readonly (keyof Kernels)[];

type Op = (...operands: unknown[]) => unknown;

/**
 * The same operations; one whose shader does not compile, or hangs, is done by stock tfjs ops on the same tensors from then on,
 * slower and without fixed order. That it fails shows at once (`prepare`, a shader known to fail), or by `kernel/failed` when
 * results are read: then the work is to be done {@link again}.
 */
export function withFallback(kernels: Kernels, runner: WebgpuRunner, health: KernelHealth): Kernels {
  let plain: Kernels | null = null;
  const plainVersion = (op: (typeof ops)[number]): Op => {
    plain ??= plainOnWebgpu((weight, rows) => guarded.gatherRows(weight, rows));
    return (...operands) => (plain as unknown as Record<string, Op>)[op]?.(...operands);
  };
  const guarded: Kernels = { ...kernels };
  for (const op of ops) {
    const ours: Op = (...operands) => (kernels as unknown as Record<string, Op>)[op]?.(...operands);
    const call: Op = (...operands) => {
      // What is only prepared must not be done.
      if (health.isFailing(op) && !runner.isPreparing) return plainVersion(op)(...operands);
      const { dispatches } = runner;
      runner.op = op;
      try {
        return ours(...operands);
      } catch (error) {
        const failed = error instanceof TunesmithError && error.code === 'kernel/failed';
        // Half an operation in place is not to be done once more.
        if (!failed || runner.dispatches !== dispatches) throw error;
        return plainVersion(op)(...operands);
      } finally {
        runner.op = null;
      }
    };
    Object.assign(guarded, { [op]: call });
  }
  return guarded;
}
