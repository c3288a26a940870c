import type { Kernels } from '../kernels';
import { asView, matrixOf, sizeOf, type Operand, type View } from '../runtime/view';
import { emptyWeight, freeWeight } from '../weights/createWeight';
import { isWeight, type Weight } from '../weights/weight';
import type { SizeBackend } from './sizeBackend';

/** What blocks of logits are held for: their purpose is known when a loss looks at them. */
export const logitsPurpose = 'logits';

const shapeOf = (x: Operand): readonly number[] => asView(x).shape;
const rowsAndColumns = (x: Operand | Weight): { rows: number; columns: number } =>
  isWeight(x) ? { rows: x.shape[0], columns: x.shape[1] } : matrixOf(x);

/**
 * {@link Kernels} that compute nothing and make results of the right size on a {@link SizeBackend}: the engine's own code, run on
 * them, says how much memory it takes. Numbers that are read back are zeros. What an implementation takes for itself inside of one
 * call is not seen.
 */
export function createSizingKernels(backend: SizeBackend): Kernels {
  const result = (shape: readonly number[]): View => backend.make(shape);
  const like = (x: Operand): View => result(shapeOf(x));
  const inPlace = (): void => {};
  const seen = (logits: Operand): void => backend.relabel(asView(logits), logitsPurpose);
  return {
    name: 'plain',
    weightFormats: ['f32', 'f16', 'int8', 'int4'],
    createWeight: (format, shape) => emptyWeight(format, shape, (sides, dtype) => backend.make(sides, dtype)),
    writeWeight: () => {},
    disposeWeight: freeWeight,

    matmul(a, b, { transposeA, transposeB, out } = {}) {
      const [sideA, sideB] = [matrixOf(a), rowsAndColumns(b)];
      if (out) return asView(out);
      return result([transposeA ? sideA.columns : sideA.rows, transposeB ? sideB.rows : sideB.columns]);
    },
    gatherRows: (table, rows) => result([sizeOf(shapeOf(rows)), rowsAndColumns(table).columns]),
    scatterRows: (x, _, count) => result([count, matrixOf(x).columns]),
    rmsNorm(x, _weight, _eps, residual) {
      const y = like(x);
      const h = residual ? like(x) : asView(x);
      return { y, h, rstd: result([matrixOf(x).rows]) };
    },
    rmsNormBackward: (_, h) => like(h),
    attention: (q, _k, _v, _range, { heads }) => ({ o: like(q), lse: result([matrixOf(q).rows, heads]) }),
    attentionBackward(_dO, { q, k, v }, _keyRange, _queryRange, { heads }) {
      // Every implementation keeps a number or two of each row and head while it works.
      const stats = result([matrixOf(q).rows * heads, 2]);
      const gradients = { dq: like(q), dk: like(k), dv: like(v) };
      stats.storage.dispose();
      return gradients;
    },
    swiglu: like,
    swigluBackward: (_, gate) => ({ dGate: like(gate), dUp: like(gate) }),
    add: like,
    dropout: like,
    crossEntropyStart: (rows) => result([rows, 4]),
    crossEntropy: seen,
    crossEntropyBackward: seen,
    sample: seen,
    sumSquares: () => result([1]),
    rowSquares: (x) => result([matrixOf(x).rows]),
    scaleColumns: (x, _, { addTo } = {}) => (addTo ? asView(addTo) : like(x)),
    upload: (values, shape) => backend.make(shape, values instanceof Int32Array ? 'int32' : 'float32'),
    zeros: result,

    rope: inPlace,
    addInto: inPlace,
    addColumnSums: inPlace,
    addNormWeightGradient: inPlace,
    scatterAddRows: inPlace,
    adamw: inPlace,
    sgd: inPlace,
    lion: inPlace,
    adamw8bit: inPlace,
    doraNorms: inPlace,
    columnDots: inPlace,
    fill: inPlace,
    copy: inPlace,

    read: (x) => Promise.resolve(new Float32Array(sizeOf(shapeOf(x)))),
    readInts: (x) => Promise.resolve(new Int32Array(sizeOf(shapeOf(x)))),
    finish: () => Promise.resolve(),
  };
}
