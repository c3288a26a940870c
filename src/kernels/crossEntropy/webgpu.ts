import type { Kernels } from '../kernels';
import { matrixOf } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import type { WebgpuContext } from '../runtime/webgpuTuning';
import forwardSource from './crossEntropy.wgsl?raw';
import backwardSource from './crossEntropyBackward.wgsl?raw';

export function createCrossEntropy(
  context: WebgpuContext,
): Pick<Kernels, 'crossEntropy' | 'crossEntropyStart' | 'crossEntropyBackward'> {
  const { runner, tuning } = context;
  const forward = programsOf(context, 'crossEntropy', forwardSource);
  const backward = programsOf(context, 'crossEntropyBackward', backwardSource);
  const WX = tuning.rowThreads;
  return {
    crossEntropyStart(rows) {
      const state = new Float32Array(4 * rows);
      for (let row = 0; row < rows; row++) state.set([-3.4e38, 0, 0, -1], 4 * row);
      return runner.upload(state, [rows, 4]);
    },
    crossEntropy(logits, targets, firstColumn, state) {
      const { rows, columns } = matrixOf(logits);
      runner.dispatch(forward('rrw', { WX }), [logits, targets, state], [rows, columns, firstColumn], rows);
    },
    crossEntropyBackward(logits, targets, firstColumn, state, scale, smoothing) {
      const { rows, columns } = matrixOf(logits);
      const picked = scale * (1 - (smoothing?.targetLess ?? 0));
      const every = scale * (smoothing?.everyColumn ?? 0);
      const params = [rows, columns, firstColumn, { f: scale }, { f: picked }, { f: every }];
      runner.dispatch(backward('wrr', { WX }), [logits, targets, state], params, rows);
    },
  };
}
