import type { Kernels } from '../kernels';
import { asView, matrixOf } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './rows.wgsl?raw';

export function createRows(context: WebgpuContext, fill: Kernels['fill']): Pick<Kernels, 'gatherRows' | 'scatterRows'> {
  const { runner } = context;
  const programs = programsOf(context, 'rows', source);
  return {
    gatherRows(table, rows) {
      const { columns } = matrixOf(table);
      const count = elementsOf(rows);
      const y = runner.empty([count, columns]);
      const VEC = vec4Of(columns);
      const width = VEC ? columns / 4 : columns;
      const program = programs('rrw', { VEC, SCATTER: 0 });
      runner.dispatch(program, [table, rows, y], [count * width, width], ceilDiv(count * width, 64));
      return y;
    },
    scatterRows(x, rows, count) {
      const { columns } = matrixOf(x);
      const y = runner.empty([count, columns]);
      fill(y, 0);
      const VEC = vec4Of(columns);
      const width = VEC ? columns / 4 : columns;
      const size = elementsOf(rows) * width;
      const program = programs('rrw', { VEC, SCATTER: 1 });
      runner.dispatch(program, [asView(x), rows, y], [size, width], ceilDiv(size, 64));
      return y;
    },
  };
}
