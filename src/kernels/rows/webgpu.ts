import type { Kernels } from '../kernels';
import { asView, matrixOf, rowsOf, type Operand, type View } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import { f32Matrix } from '../weights/weight';
import source from './rows.wgsl?raw';

export function createRows(context: WebgpuContext, fill: Kernels['fill']): Pick<Kernels, 'gatherRows' | 'scatterRows'> {
  const { runner } = context;
  const programs = programsOf(context, 'rows', source);
  return {
    gatherRows(weight, rows) {
      const table = f32Matrix(weight, 'gatherRows.table');
      const { columns } = matrixOf(table);
      const count = elementsOf(rows);
      const y = runner.empty([count, columns]);
      const VEC = vec4Of(columns);
      const width = VEC ? columns / 4 : columns;
      const program = programs('rrw', { VEC, SCATTER: 0 });
      for (const { view, first, end } of rowChunks(table, runner.largestBinding))
        runner.dispatch(program, [view, rows, y], [count * width, width, first, end], ceilDiv(count * width, 64));
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
      runner.dispatch(program, [asView(x), rows, y], [size, width, 0, 0], ceilDiv(size, 64));
      return y;
    },
  };
}

/** Parts of a table's rows that fit a binding of `bytes`; each begins at a multiple of 64 rows, so that it can be bound. */
function* rowChunks(table: Operand, bytes: number): Generator<{ view: View; first: number; end: number }> {
  const { rows, columns } = matrixOf(table);
  const fitting = Math.floor(bytes / (4 * columns));
  const share = fitting >= rows ? rows : Math.max(64, 64 * Math.floor(fitting / 64));
  for (let first = 0; first < rows; first += share) {
    const end = Math.min(rows, first + share);
    yield { view: rowsOf(table, first, end - first), first, end };
  }
}
