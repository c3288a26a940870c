import type { Kernels } from '../kernels';
import { matrixOf, type Operand } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './columnSums.wgsl?raw';

/** Fewest rows that one thread sums. */
const fewestRows = 32;

export function createColumnSums(context: WebgpuContext): Pick<Kernels, 'addColumnSums' | 'addNormWeightGradient'> {
  const { runner } = context;
  const programs = programsOf(context, 'columnSums', source);

  /** Parts of the rows side by side, then their sums: two passes in a fixed order. */
  function sums(target: Operand, x: Operand, norm: [h: Operand, rstd: Operand] | null): void {
    const { rows, columns } = matrixOf(x);
    const VEC = vec4Of(columns);
    const width = VEC ? columns / 4 : columns;
    const perPart = Math.max(fewestRows, Math.ceil(Math.sqrt(rows)));
    const parts = ceilDiv(rows, perPart);
    const [access, NORM] = norm ? ['rwrr', 1] : ['rw', 0];
    const operands = norm ?? [];
    if (parts === 1) {
      const program = programs(access, { VEC, NORM, ADD: 1 });
      runner.dispatch(program, [x, target, ...operands], [width, rows, width, perPart], ceilDiv(width, 64));
      return;
    }
    const partial = runner.empty([parts, columns]);
    const size = parts * width;
    const program = programs(access, { VEC, NORM, ADD: 0 });
    runner.dispatch(program, [x, partial, ...operands], [size, rows, width, perPart], ceilDiv(size, 64));
    const last = programs('rw', { VEC, NORM: 0, ADD: 1 });
    runner.dispatch(last, [partial, target], [width, parts, width, parts], ceilDiv(width, 64));
    partial.storage.dispose();
  }

  return {
    addColumnSums: (target, x) => sums(target, x, null),
    addNormWeightGradient: (target, dy, h, rstd) => sums(target, dy, [h, rstd]),
  };
}
