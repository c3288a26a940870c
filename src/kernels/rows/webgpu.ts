import type { Kernels } from '../kernels';
import { asView, matrixOf, rowsOf, type Operand, type View } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import readSource from '../weights/read.wgsl?raw';
import readOneSource from '../weights/readOne.wgsl?raw';
import { matrixParts, readerValues } from '../weights/webgpu';
import { isWeight, type Weight } from '../weights/weight';
import gatherPackedSource from './gatherPacked.wgsl?raw';
import source from './rows.wgsl?raw';

export function createRows(context: WebgpuContext, fill: Kernels['fill']): Pick<Kernels, 'gatherRows' | 'scatterRows'> {
  const { runner } = context;
  const programs = programsOf(context, 'rows', source);
  const gathers = programsOf(context, 'gatherPacked', `${gatherPackedSource}\n${readSource}`);
  const gathersAny = programsOf(context, 'gatherPackedAny', `${gatherPackedSource}\n${readOneSource}`);

  function gatherPacked({ format, shape, parts }: Weight, rows: Operand, y: View): void {
    const columns = shape[1];
    const VEC = vec4Of(columns);
    const width = VEC ? columns / 4 : columns;
    const size = elementsOf(rows) * width;
    const BROW = format === 'f16' && VEC ? 2 : 1;
    for (const { firstRow, rows: count, values, scales, words, groups } of matrixParts({
      format,
      shape,
      parts,
      bytes: 0,
    }).parts) {
      const access = scales ? 'rrwr' : 'rrw';
      const program = (VEC ? gathers : gathersAny)(access, { ...readerValues(format), VEC });
      const params = [size, width, firstRow, firstRow + count, words / BROW, groups];
      runner.dispatch(program, [rows, values, y, ...(scales ? [scales] : [])], params, ceilDiv(size, 64));
    }
  }

  return {
    gatherRows(table, rows) {
      const { columns } = isWeight(table) ? { columns: table.shape[1] } : matrixOf(table);
      const count = elementsOf(rows);
      const y = runner.empty([count, columns]);
      if (isWeight(table) && table.format !== 'f32') {
        gatherPacked(table, rows, y);
        return y;
      }
      const VEC = vec4Of(columns);
      const width = VEC ? columns / 4 : columns;
      const program = programs('rrw', { VEC, SCATTER: 0 });
      const parts = isWeight(table)
        ? table.parts.map(({ values, firstRow, rows: own }) => ({ view: values, first: firstRow, end: firstRow + own }))
        : rowChunks(table, runner.largestBinding);
      for (const { view, first, end } of parts)
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
