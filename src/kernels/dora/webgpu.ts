import type { Kernels } from '../kernels';
import { asView, matrixOf } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import columnDotsSource from './columnDots.wgsl?raw';
import doraNormsSource from './doraNorms.wgsl?raw';
import rowSquaresSource from './rowSquares.wgsl?raw';
import scaleColumnsSource from './scaleColumns.wgsl?raw';

export function createDora(
  context: WebgpuContext,
): Pick<Kernels, 'rowSquares' | 'doraNorms' | 'scaleColumns' | 'columnDots'> {
  const { runner, tuning } = context;
  const rowSquares = programsOf(context, 'rowSquares', rowSquaresSource);
  const doraNorms = programsOf(context, 'doraNorms', doraNormsSource);
  const scaleColumns = programsOf(context, 'scaleColumns', scaleColumnsSource);
  const columnDots = programsOf(context, 'columnDots', columnDotsSource);
  const [WX, WY] = tuning.software ? [4, 1] : [16, 16];
  return {
    rowSquares(x) {
      const { rows, columns } = matrixOf(x);
      const y = runner.empty([rows]);
      const VEC = vec4Of(columns);
      const program = rowSquares('rw', { VEC, WX: tuning.rowThreads });
      runner.dispatch(program, [x, y], [rows, VEC ? columns / 4 : columns], rows);
      return y;
    },
    doraNorms({ squares, b, wa, bg, m }, scale, norms, factors) {
      const { rows, columns } = matrixOf(b);
      const operands = [squares, b, wa, bg, m, norms, factors];
      runner.dispatch(doraNorms('rrrrrww', {}), operands, [rows, columns, { f: scale }], ceilDiv(rows, 64));
    },
    scaleColumns(x, factor, { less = 0, bias, addTo } = {}) {
      const { columns } = matrixOf(x);
      const y = addTo ? asView(addTo) : runner.empty(asView(x).shape);
      const VEC = vec4Of(columns);
      const size = elementsOf(x) / (VEC ? 4 : 1);
      const program = scaleColumns(bias ? 'rrwr' : 'rrw', { VEC, BIAS: bias ? 1 : 0, INTO: addTo ? 1 : 0 });
      const params = [size, VEC ? columns / 4 : columns, { f: less }];
      runner.dispatch(program, bias ? [x, factor, y, bias] : [x, factor, y], params, ceilDiv(size, 64));
      return y;
    },
    columnDots(target, x, y, divisor) {
      const { rows, columns } = matrixOf(x);
      const VEC = vec4Of(columns);
      const width = VEC ? columns / 4 : columns;
      const program = columnDots('wrrr', { VEC, WX, WY });
      runner.dispatch(program, [target, x, y, divisor], [rows, width], ceilDiv(width, WX));
    },
  };
}
