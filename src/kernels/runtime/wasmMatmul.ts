import { TunesmithError } from '../../lib/errors';
import type { MatmulOptions } from '../kernels';
import type { Weight } from '../weights/weight';
import { asView, matrixOf, type Operand, type View } from './view';
import type { WasmBackend } from './wasmBackend';
import { packedMatrix } from './wasmWeight';
import { tileColumns } from './wasmOps';

// op(A) [m, k] · op(B) [k, n]. See simd/matmul.as.ts for the kernel; here is what it is given.

/** Up to so many rows a forward product reads W as it lies, row by row. */
const matvecRows = 3;
/** Up to so many rows, packing an f32 B costs more than reading it with a stride, unless its rows are far apart. */
const directRows = 24;
const directColumns = 1024;
const rowsAtOnce = 48;
/** A's rows turned lie across its columns: fewer of them, so that the pages they touch stay known. */
const depthPerBlock = { straight: 512, turned: 128 };
/** Floats of strips in a thread's scratch memory: simd/matmul.as.ts. */
const stripFloats = 32_768;
/** Multiply-adds in a chunk, about: some tens of microseconds. */
const workPerChunk = 1_000_000;
/** Rows of a chunk where it is cut both ways: B is unpacked for each. */
const fewestRows = 96;
const wantedChunks = 32;
const copiesPerChunk = 65_536;

/** C = alpha · op(A) · op(B) + bias (+ C), as {@link Kernels.matmul}. Errors: `engine/shape`. */
export function matmul(backend: WasmBackend, a: Operand, b: Operand | Weight, options: MatmulOptions = {}): View {
  const { transposeA = false, transposeB = false, alpha = 1, bias, accumulate = false } = options;
  const sideA = matrixOf(a);
  const packed = packedMatrix(backend, b, 'matmul.b');
  const [m, k] = transposeA ? [sideA.columns, sideA.rows] : [sideA.rows, sideA.columns];
  const [depth, n] = transposeB ? [packed.columns, packed.rows] : [packed.rows, packed.columns];
  if (transposeA && transposeB)
    throw new TunesmithError('engine/shape', 'matmul: cannot transpose both; transpose one');
  if (k !== depth)
    throw new TunesmithError('engine/shape', `matmul: inner sides must be equal, got [${m}, ${k}] · [${depth}, ${n}]`);
  const placeA = backend.place(a, 'matmul.a');
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
  const { pointer, rowBytes, scales, groups, format } = packed;
  const biasAt = placeBias?.pointer ?? 0;
  const add = accumulate ? 1 : 0;
  if (transposeB && m <= matvecRows) {
    const per = Math.max(4, Math.ceil(copiesPerChunk / Math.max(k, 1) / 4) * 4);
    const stored = format === 0 ? [] : [rowBytes, scales, groups, format];
    const words = [placeA.pointer, pointer, placeC.pointer, biasAt, m, n, k, per, add, ...stored];
    machine.run(format === 0 ? 'matvec' : 'matvecPacked', Math.ceil(n / per), words, [alpha]);
    return out;
  }
  const direct = format === 0 && !transposeB && m <= directRows && n <= directColumns && n % tileColumns === 0;
  const cut = cutMatmul(m, n, k, transposeA, direct, transposeB ? 1 : 8);
  // One list, without parts spread into it: those were two thirds of what a training step left to be collected.
  const words = [
    placeA.pointer,
    transposeA ? 4 : k * 4,
    transposeA ? m * 4 : 4,
    pointer,
    rowBytes,
    scales,
    groups,
    format,
    direct ? 2 : transposeB ? 1 : 0,
    placeC.pointer,
    biasAt,
    m,
    n,
    k,
    cut.rows,
    cut.panels,
    cut.rowChunks,
    add,
    cut.depth,
    cut.rowsAtOnce,
  ];
  machine.run('matmul', cut.rowChunks * cut.columnChunks, words, [alpha]);
  return out;
}

/** How C is cut into chunks, by its sides alone. `together`: panels come in so many, where B's rows are unpacked. */
function cutMatmul(m: number, n: number, k: number, turned: boolean, direct: boolean, together: number) {
  const most = turned ? depthPerBlock.turned : depthPerBlock.straight;
  const blocks = Math.max(1, Math.ceil(k / most));
  // A multiple of 64 columns: blocks of packed rows begin with a scale.
  const depth = Math.max(1, blocks === 1 ? k : Math.ceil(k / blocks / 64) * 64);
  const count = Math.ceil(n / tileColumns);
  const up = (panels: number): number => Math.ceil(panels / together) * together;
  const fitting = Math.max(together, Math.floor(stripFloats / (depth * tileColumns) / together) * together);
  const even = up(Math.ceil(count / wantedChunks));
  const busy = up(Math.ceil(workPerChunk / (m * Math.max(k, 1) * tileColumns)));
  const panels = direct ? Math.max(even, busy) : Math.min(fitting, Math.max(even, busy));
  const columnChunks = Math.ceil(count / panels);
  const rowCuts = Math.min(Math.ceil(wantedChunks / columnChunks), Math.max(1, Math.floor(m / fewestRows)));
  const rows = Math.ceil(m / rowCuts / rowsAtOnce) * rowsAtOnce;
  // With few columns of A the results are most of the traffic: then a tile's rows are finished before the next.
  return { depth, panels, columnChunks, rows, rowChunks: Math.ceil(m / rows), rowsAtOnce: k <= 64 ? 12 : rowsAtOnce };
}
