import type { Kernels } from '../kernels';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './sumSquares.wgsl?raw';

/** Elements that one group sums in the first pass, and the most groups there are. */
const shareOfGroup = 8192;
const mostGroups = 512;

export function createSumSquares(context: WebgpuContext): Kernels['sumSquares'] {
  const { runner, tuning } = context;
  const programs = programsOf(context, 'sumSquares', source);
  const WX = tuning.software ? 16 : 256;
  return (x) => {
    const size = elementsOf(x);
    const groups = Math.min(mostGroups, ceilDiv(size, shareOfGroup));
    const sum = runner.empty([1]);
    const parts = groups === 1 ? sum : runner.empty([groups]);
    runner.dispatch(programs('rw', { WX, SQUARE: 1 }), [x, parts], [size, groups], groups);
    if (parts === sum) return sum;
    runner.dispatch(programs('rw', { WX, SQUARE: 0 }), [parts, sum], [groups, 1], 1);
    parts.storage.dispose();
    return sum;
  };
}
