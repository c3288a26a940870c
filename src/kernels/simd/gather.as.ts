// Rows by index: y[i] = x[rows[i]] and its inverse for distinct rows.
import { arg, at, pointer } from './core.as';
import { unpackRow } from './unpack.as';

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

/** As {@link gatherRows} from a packed table. Arguments also: bytes of its rows, scales, scales a row, format (unpack.as.ts). */
export function gatherPacked(args: usize, chunk: i32, scratch: usize): void {
  const rows = pointer(args, 1);
  const width = arg(args, 4);
  const per = arg(args, 5);
  const format = arg(args, 10);
  const last = min(arg(args, 3), (chunk + 1) * per);
  for (let i = chunk * per; i < last; i++) {
    const row = load<i32>(at(rows, i));
    const target = at(pointer(args, 2), i * width);
    if (<u32>row < <u32>arg(args, 6)) {
      const source = pointer(args, 0) + <usize>row * pointer(args, 7);
      unpackRow(format, source, at(pointer(args, 8), row * arg(args, 9)), width, target, scratch);
    } else for (let j = 0; j < width; j++) store<f32>(at(target, j), f32.NaN);
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
