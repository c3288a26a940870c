import type { Weight } from '../weights/weight';
import { matrixOf, type Operand, type View } from './view';
import { same, type WasmBackend } from './wasmBackend';
import { packedMatrix } from './wasmWeight';

/** Elements a chunk moves, about. */
const perChunk = 32_768;
const rowsPer = (width: number): number => Math.max(1, Math.floor(perChunk / Math.max(width, 1)));

/** As {@link Kernels.gatherRows}. */
export function gatherRows(backend: WasmBackend, table: Operand | Weight, rows: Operand): View {
  const index = backend.place(rows, 'gatherRows.rows', 'int32');
  const from = packedMatrix(backend, table, 'gatherRows.table');
  const { columns, format } = from;
  const out = backend.output([index.size, columns]);
  const per = rowsPer(columns);
  const words = [from.pointer, index.pointer, out.pointer, index.size, columns, per, from.rows];
  const stored = format === 0 ? [] : [from.rowBytes, from.scales, from.groups, format];
  backend.machine.run(format === 0 ? 'gatherRows' : 'gatherPacked', Math.ceil(index.size / per), [...words, ...stored]);
  return out;
}

/** As {@link Kernels.scatterRows}; `out` [count, D] holds zeros. */
export function scatterRows(backend: WasmBackend, x: Operand, rows: Operand, out: View): View {
  const { columns } = matrixOf(x);
  const index = backend.place(rows, 'scatterRows.rows', 'int32');
  const from = backend.place(x, 'scatterRows.x');
  same(from.size, index.size * columns, 'scatterRows.x');
  const to = backend.place(out, 'scatterRows.out');
  const per = rowsPer(columns);
  const words = [from.pointer, index.pointer, to.pointer, index.size, columns, per, matrixOf(out).rows];
  backend.machine.run('scatterRows', Math.ceil(index.size / per), words);
  return out;
}
