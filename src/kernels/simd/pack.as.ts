// Panels for matmul: op(B) [k, n] as strips of eight columns, strip after strip, row after row of a strip:
// panel[p][i][j] = op(B)[i][8p + j], zero beyond n. A tile then reads one stream.
import { arg, at, pointer } from './core.as';

/** A panel of a transposed B: `live` rows of k elements, `rowBytes` apart, the rest zero. */
export function packPanel(source: usize, rowBytes: usize, live: i32, k: i32, target: usize): void {
  let i = 0;
  if (live < 8) {
    for (; i < k; i++) {
      for (let j = 0; j < 8; j++) {
        store<f32>(at(target, j), j < live ? load<f32>(at(source + <usize>j * rowBytes, i)) : <f32>0);
      }
      target += 32;
    }
    return;
  }
  const wide = k & ~3;
  for (; i < wide; i += 4) {
    let row = at(source, i);
    for (let half: usize = 0; half < 32; half += 16) {
      const a = v128.load(row);
      const b = v128.load(row + rowBytes);
      const c = v128.load(row + 2 * rowBytes);
      const d = v128.load(row + 3 * rowBytes);
      row += 4 * rowBytes;
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(target + half, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
      v128.store(target + half, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), 32);
      v128.store(target + half, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), 64);
      v128.store(target + half, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7), 96);
    }
    target += 128;
  }
  for (; i < k; i++) {
    for (let j = 0; j < 8; j++) store<f32>(at(target, j), load<f32>(at(source + <usize>j * rowBytes, i)));
    target += 32;
  }
}

/**
 * Keys or values [n, heads·k] for attention, head after head: panel[head][p][i][j] = x[8p + j][head·k + i].
 * Arguments: x, panels, n, heads, k, panels a chunk, chunks a head.
 */
export function packHeads(args: usize, chunk: i32): void {
  const n = arg(args, 2);
  const k = arg(args, 4);
  const per = arg(args, 5);
  const head = chunk / arg(args, 6);
  const headBytes = (<usize>k) << 2;
  const rowBytes = <usize>arg(args, 3) * headBytes;
  const panels = (n + 7) >> 3;
  const begin = (chunk % arg(args, 6)) * per;
  const last = min(panels, begin + per);
  for (let panel = begin; panel < last; panel++) {
    const first = panel << 3;
    const source = pointer(args, 0) + <usize>first * rowBytes + <usize>head * headBytes;
    packPanel(source, rowBytes, n - first, k, pointer(args, 1) + <usize>(head * panels + panel) * (headBytes << 3));
  }
}
