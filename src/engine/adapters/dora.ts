import type { Kernels } from '../../kernels/kernels';
import { rowsOf, type View } from '../../kernels/runtime/view';
import type { Weight } from '../../kernels/weights/weight';
import { free, keep, orDispose, scope } from '../scope';
import { aligned } from './layout';

/**
 * DoRA (Liu et al. 2024) as PEFT computes it: W' = m·(W + s·B·A)/‖W + s·B·A‖ by rows, with the norm taken as a constant in the
 * backward pass. Letters: O rows of W (outputs), R rank, c = m/‖W + s·B·A‖.
 *
 * W + s·B·A is never formed: ‖W_i + s·B_i·A‖² = ‖W_i‖² + s·B_i·(2·A·W_iᵀ + s·A·Aᵀ·B_iᵀ), where ‖W_i‖² is found once and
 * A·Wᵀ [R, O] costs as much as R tokens do.
 */
export interface DoraModule {
  /** m [O], a part of the adapter's flat buffer, and its gradient while it is trained. */
  magnitude: View;
  magnitudeGradient: View | null;
  /** ‖W_i + s·B_i·A‖ [O] and c [O], as they follow from the adapter's present values. */
  norms: View;
  factors: View;
}

/** The module's own numbers, and what its norms follow from. */
interface Source {
  a: View;
  b: View;
  magnitude: View;
  weight: Weight;
}

export interface Dora {
  modules: DoraModule[];
  /** Norms and factors anew: after every change of the adapter's values. */
  refresh: () => void;
  /** m ← ‖W + s·B·A‖: a fresh adapter changes nothing. */
  resetMagnitudes: () => void;
  dispose: () => void;
}

/** Rows of W that are unpacked to f32 at a time. */
const blockRows = 1024;

/** DoRA's side of modules in the order of `sources`. Norms are not there yet: call `refresh` or `resetMagnitudes`. */
export function createDora(kernels: Kernels, sources: readonly Source[], scale: number): Dora {
  const size = sources.reduce((sum, { weight }) => sum + 3 * aligned(weight.shape[0]), 0);
  const storage = keep(kernels.zeros([size]));
  let at = 0;
  const take = (count: number): View => {
    const part = { storage: storage.storage, offset: storage.offset + at, shape: [count] };
    at += aligned(count);
    return part;
  };
  const dispose = (): void => free(storage);
  const modules = sources.map(({ magnitude, weight }): DoraModule & { squares: View } => {
    const [rows] = weight.shape;
    const squares = take(rows);
    orDispose(dispose, () => scope(() => fillSquares(kernels, weight, squares)));
    return { magnitude, magnitudeGradient: null, squares, norms: take(rows), factors: take(rows) };
  });
  const refresh = (): void =>
    sources.forEach(({ a, b, magnitude, weight }, index) => {
      const module = modules[index];
      if (!module) return;
      scope(() => {
        const bg = kernels.matmul(b, kernels.matmul(a, a, { transposeB: true }));
        const wa = kernels.matmul(a, weight, { transposeB: true });
        const of = { squares: module.squares, b, wa, bg, m: magnitude };
        kernels.doraNorms(of, scale, module.norms, module.factors);
      });
    });
  return {
    modules,
    refresh,
    resetMagnitudes() {
      refresh();
      for (const { norms, magnitude } of modules) kernels.copy(norms, magnitude);
      refresh();
    },
    dispose,
  };
}

/** ‖W_i‖² of every row, a block at a time, from the weight as it is held: packed values count as what they unpack to. */
function fillSquares(kernels: Kernels, weight: Weight, squares: View): void {
  const [rows] = weight.shape;
  for (let first = 0; first < rows; first += blockRows) {
    const count = Math.min(blockRows, rows - first);
    const ids = kernels.upload(
      Int32Array.from({ length: count }, (_, index) => first + index),
      [count],
    );
    const block = kernels.gatherRows(weight, ids);
    const sums = kernels.rowSquares(block);
    kernels.copy(sums, rowsOf(squares, first, count));
    free(ids, block, sums);
  }
}
