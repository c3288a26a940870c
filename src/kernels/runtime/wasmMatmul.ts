import { TunesmithError } from '../../lib/errors';
import type { MatmulOptions } from '../kernels';
import { f32Matrix, type Weight } from '../weights/weight';
import { asView, matrixOf, type Operand, type View } from './view';
import type { WasmBackend } from './wasmBackend';
import { tileColumns } from './wasmOps';

// op(A) [m, k] · op(B) [k, n]. See simd/matmul.as.ts for the kernel; here is what it is given.

/** Below this many rows a forward product reads W as it lies, row by row. */
const matvecRows = 3;
/** Up to so many rows, packing B costs more than reading it with a stride. */
const directRows = 24;
const directColumns = 32;
const rowsPerChunk = 48;
const depthPerBlock = 512;
/** Multiply-adds in a chunk, about: some tens of microseconds. */
const workPerChunk = 1_000_000;
const copiesPerChunk = 32_768;

/** C = alpha · op(A) · op(B) + bias (+ C), as {@link Kernels.matmul}. Errors: `engine/shape`. */
export function matmul(backend: WasmBackend, a: Operand, weight: Operand | Weight, options: MatmulOptions = {}): View {
  const b = f32Matrix(weight, 'matmul.b');
  const { transposeA = false, transposeB = false, alpha = 1, bias, accumulate = false } = options;
  const sideA = matrixOf(a);
  const sideB = matrixOf(b);
  const [m, k] = transposeA ? [sideA.columns, sideA.rows] : [sideA.rows, sideA.columns];
  const [depth, n] = transposeB ? [sideB.columns, sideB.rows] : [sideB.rows, sideB.columns];
  if (transposeA && transposeB)
    throw new TunesmithError('engine/shape', 'matmul: cannot transpose both; transpose one');
  if (k !== depth)
    throw new TunesmithError('engine/shape', `matmul: inner sides must be equal, got [${m}, ${k}] · [${depth}, ${n}]`);
  const placeA = backend.place(a, 'matmul.a');
  const placeB = backend.place(b, 'matmul.b');
  const placeBias = bias && backend.place(bias, 'matmul.bias');
  if (placeBias && placeBias.size !== n)
    throw new TunesmithError('engine/shape', `matmul.bias: must have ${n} elements, got ${placeBias.size}`);
  if (accumulate && !options.out)
    throw new TunesmithError('engine/shape', 'matmul: accumulate needs out, the tensor to add to');
  const out: View = options.out ? asView(options.out) : backend.output([m, n]);
  const placeC = options.out ? backend.written(options.out, 'matmul.out') : backend.place(out, 'matmul.out');
  if (placeC.size !== m * n)
    throw new TunesmithError('engine/shape', `matmul.out: must have ${m} × ${n} elements, got ${placeC.size}`);
  if (m === 0 || n === 0) return out;

  const { machine } = backend;
  const biasAt = placeBias?.pointer ?? 0;
  const add = accumulate ? 1 : 0;
  if (transposeB && m <= matvecRows) {
    const per = Math.max(4, Math.ceil(copiesPerChunk / k / 4) * 4);
    const words = [placeA.pointer, placeB.pointer, placeC.pointer, biasAt, m, n, k, per, add];
    machine.run('matvec', Math.ceil(n / per), words, [alpha]);
    return out;
  }
  const direct = !transposeB && n % tileColumns === 0 && (m <= directRows || n <= directColumns);
  const panels = direct ? undefined : pack(backend, b, n, k, transposeB);
  const count = Math.ceil(n / tileColumns);
  const rowChunks = Math.ceil(m / rowsPerChunk);
  const rows = Math.ceil(m / rowChunks / 4) * 4;
  const rowCuts = Math.ceil(m / rows);
  const panelsPer = Math.max(1, Math.ceil(workPerChunk / (Math.min(rows, m) * k * tileColumns)));
  const blocks = Math.max(1, Math.ceil(k / depthPerBlock));
  machine.run(
    'matmul',
    rowCuts * Math.ceil(count / panelsPer),
    [
      placeA.pointer,
      ...(transposeA ? [4, m * 4] : [k * 4, 4]),
      panels?.pointer ?? placeB.pointer,
      ...(direct ? [tileColumns * 4, n * 4] : [k * tileColumns * 4, tileColumns * 4]),
      placeC.pointer,
      biasAt,
      ...[m, n, k, rows, panelsPer, rowCuts, add, Math.max(1, Math.ceil(k / blocks))],
    ],
    [alpha],
  );
  if (panels && !panels.kept) machine.heap.free(panels.pointer);
  return out;
}

/** B in panels: those kept from last time, or packed now, to be kept where the tensor is constant. */
function pack(
  backend: WasmBackend,
  b: Operand,
  n: number,
  k: number,
  transposed: boolean,
): { pointer: number; kept: boolean } {
  const { record, pointer } = backend.place(b, 'matmul.b');
  const key = `${pointer - record.pointer} ${n} ${k} ${transposed}`;
  const known = record.panels.find((panels) => panels.key === key);
  if (known) return { pointer: known.pointer, kept: true };
  const count = Math.ceil(n / tileColumns);
  const bytes = count * tileColumns * k * 4;
  const kept = backend.keepPanels(record, key, bytes);
  const target = kept?.pointer ?? backend.allocate(bytes);
  const per = Math.max(1, Math.ceil(copiesPerChunk / (k * tileColumns)));
  backend.machine.run(transposed ? 'packTransposed' : 'packPlain', Math.ceil(count / per), [
    pointer,
    target,
    n,
    k,
    per,
  ]);
  return { pointer: target, kept: kept !== undefined };
}
