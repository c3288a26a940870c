import type { Kernels } from '../kernels';
import { asView, matrixOf } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import forwardSource from './rmsNorm.wgsl?raw';
import backwardSource from './rmsNormBackward.wgsl?raw';

export function createRmsNorm(context: WebgpuContext): Pick<Kernels, 'rmsNorm' | 'rmsNormBackward'> {
  const { runner, tuning } = context;
  const forward = programsOf(context, 'rmsNorm', forwardSource);
  const backward = programsOf(context, 'rmsNormBackward', backwardSource);
  const WX = tuning.rowThreads;
  return {
    rmsNorm(x, weight, eps, residual) {
      const { rows, columns } = matrixOf(x);
      const shape = asView(x).shape;
      const y = runner.empty(shape);
      const rstd = runner.empty([rows]);
      const VEC = vec4Of(columns);
      const params = [rows, VEC ? columns / 4 : columns, { f: columns }, { f: eps }];
      if (!residual) {
        runner.dispatch(forward('rrww', { VEC, WX, RESIDUAL: 0 }), [x, weight, y, rstd], params, rows);
        return { y, h: asView(x), rstd };
      }
      const h = runner.empty(shape);
      const operands = [x, weight, y, rstd, residual, h];
      runner.dispatch(forward('rrwwrw', { VEC, WX, RESIDUAL: 1 }), operands, params, rows);
      return { y, h, rstd };
    },
    rmsNormBackward(dy, h, weight, rstd, dResidual) {
      const { rows, columns } = matrixOf(dy);
      const dh = runner.empty(asView(dy).shape);
      const VEC = vec4Of(columns);
      const params = [rows, VEC ? columns / 4 : columns, { f: columns }];
      const operands = [dy, h, weight, rstd, dh];
      if (dResidual)
        runner.dispatch(backward('rrrrwr', { VEC, WX, RESIDUAL: 1 }), [...operands, dResidual], params, rows);
      else runner.dispatch(backward('rrrrw', { VEC, WX, RESIDUAL: 0 }), operands, params, rows);
      return dh;
    },
  };
}
