import type { Kernels } from '../kernels';
import { asView } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './dropout.wgsl?raw';

export function createDropout(context: WebgpuContext): Kernels['dropout'] {
  const programs = programsOf(context, 'dropout', source);
  return (x, rate, seed) => {
    const y = context.runner.empty(asView(x).shape);
    const elements = elementsOf(x);
    const VEC = vec4Of(elements);
    const size = VEC ? elements / 4 : elements;
    // An integer is at least rate·2³² exactly when it is at least the next integer.
    const threshold = Math.min(0xffffffff, Math.ceil(rate * 4294967296));
    const params = [size, Math.imul(seed, 0x9e3779b9) >>> 0, threshold, { f: 1 / (1 - rate) }];
    context.runner.dispatch(programs('rw', { VEC }), [x, y], params, ceilDiv(size, 64));
    return y;
  };
}
