// Rows by index: y[i] = x[rows[i]] and its inverse for distinct rows.
import { arg, at, pointer } from './core.as';

/** Arguments: table, rows, out, row count, width, rows a chunk, rows of the table. An index out of range gives NaN. */
export function gatherRows(args: usize, chunk: i32): void {
  const table = pointer(args, 0);
  const rows = pointer(args, 1);
  const out = pointer(args, 2);
  const width = arg(args, 4);
  const per = arg(args, 5);
  const limit = arg(args, 6);
  const last = min(arg(args, 3), (chunk + 1) * per);
  for (let i = chunk * per; i < last; i++) {
    const row = load<i32>(at(rows, i));
    const target = out + ((<usize>i * <usize>width) << 2);
    if (<u32>row < <u32>limit) memory.copy(target, table + ((<usize>row * <usize>width) << 2), (<usize>width) << 2);
    else for (let j = 0; j < width; j++) store<f32>(at(target, j), f32.NaN);
  }
}

/** Arguments: x, rows, out (already zero), row count, width, rows a chunk, rows of out. An index out of range is dropped. */
export function scatterRows(args: usize, chunk: i32): void {
  const x = pointer(args, 0);
  const rows = pointer(args, 1);
  const out = pointer(args, 2);
  const width = arg(args, 4);
  const per = arg(args, 5);
  const limit = arg(args, 6);
  const last = min(arg(args, 3), (chunk + 1) * per);
  for (let i = chunk * per; i < last; i++) {
    const row = load<i32>(at(rows, i));
    if (<u32>row >= <u32>limit) continue;
    memory.copy(out + ((<usize>row * <usize>width) << 2), x + ((<usize>i * <usize>width) << 2), (<usize>width) << 2);
  }
}
