import type { Kernels } from '../kernels';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './sgd.wgsl?raw';

export function createSgd(context: WebgpuContext): Kernels['sgd'] {
  const programs = programsOf(context, 'sgd', source);
  return (p, g, sumSq, { learningRate, weightDecay, maxNorm }) => {
    const elements = elementsOf(p);
    const VEC = vec4Of(elements);
    const size = VEC ? elements / 4 : elements;
    const params = [size, { f: maxNorm }, { f: learningRate }, { f: weightDecay }];
    context.runner.dispatch(programs('wrr', { VEC }), [p, g, sumSq], params, ceilDiv(size, 64));
  };
}
