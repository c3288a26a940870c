import type { Kernels } from '../kernels';
import { asView } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import source from './swiglu.wgsl?raw';

export function createSwiglu(context: WebgpuContext): Pick<Kernels, 'swiglu' | 'swigluBackward'> {
  const { runner } = context;
  const programs = programsOf(context, 'swiglu', source);
  return {
    swiglu(gate, up) {
      const y = runner.empty(asView(gate).shape);
      const elements = elementsOf(gate);
      const VEC = vec4Of(elements);
      const size = VEC ? elements / 4 : elements;
      runner.dispatch(programs('rrw', { VEC, BACKWARD: 0 }), [gate, up, y], [size], ceilDiv(size, 64));
      return y;
    },
    swigluBackward(dy, gate, up) {
      const dGate = runner.empty(asView(gate).shape);
      const dUp = runner.empty(asView(gate).shape);
      const elements = elementsOf(gate);
      const VEC = vec4Of(elements);
      const size = VEC ? elements / 4 : elements;
      const operands = [gate, up, dy, dGate, dUp];
      runner.dispatch(programs('rrrww', { VEC, BACKWARD: 1 }), operands, [size], ceilDiv(size, 64));
      return { dGate, dUp };
    },
  };
}
