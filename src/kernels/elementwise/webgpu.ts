import type { Kernels } from '../kernels';
import { asView } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, elementsOf, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import addSource from './add.wgsl?raw';
import setSource from './set.wgsl?raw';

export function createElementwise(context: WebgpuContext): Pick<Kernels, 'add' | 'addInto' | 'fill' | 'copy'> {
  const { runner } = context;
  const adds = programsOf(context, 'add', addSource);
  const sets = programsOf(context, 'set', setSource);
  return {
    add(a, b) {
      const y = runner.empty(asView(a).shape);
      const elements = elementsOf(a);
      const VEC = vec4Of(elements);
      const size = VEC ? elements / 4 : elements;
      runner.dispatch(adds('rrw', { VEC, INTO: 0 }), [a, b, y], [size], ceilDiv(size, 64));
      return y;
    },
    addInto(target, x) {
      const elements = elementsOf(target);
      const VEC = vec4Of(elements);
      const size = VEC ? elements / 4 : elements;
      runner.dispatch(adds('wr', { VEC, INTO: 1 }), [target, x], [size], ceilDiv(size, 64));
    },
    fill(target, value) {
      const { storage, offset } = asView(target);
      const all = elementsOf(target);
      const bits = storage.dtype === 'int32' ? value >>> 0 : { f: value };
      const share = Math.floor(runner.largestBinding / 256) * 64;
      for (let first = 0; first < all; first += share) {
        const elements = Math.min(share, all - first);
        const part = { storage, offset: offset + first, shape: [elements] };
        const VEC = vec4Of(elements);
        const size = VEC ? elements / 4 : elements;
        runner.dispatch(sets('w', { VEC, COPY: 0 }), [part], [size, bits], ceilDiv(size, 64));
      }
    },
    copy(source, target) {
      const [from, to] = [asView(source), asView(target)];
      // The runner would take the shader's operands on a detour of two copies.
      if (from.offset % 64 || to.offset % 64 || from.storage.dataId === to.storage.dataId) {
        runner.copy(from, to);
        return;
      }
      const elements = elementsOf(target);
      const VEC = vec4Of(elements);
      const size = VEC ? elements / 4 : elements;
      runner.dispatch(sets('wr', { VEC, COPY: 1 }), [target, source], [size], ceilDiv(size, 64));
    },
  };
}
