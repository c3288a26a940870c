// y = alpha · x·Wᵀ + bias (+ y) for a few rows of x: decoding. W [n, k] is read once, as it lies, at memory speed.
import { arg, at, madd, number, pointer, sum4, sums4 } from './core.as';

/** Arguments: x, W, y, bias (0: none), rows of x, n, k, n a chunk, accumulate; alpha. */
export function matvec(args: usize, chunk: i32): void {
  const m = arg(args, 4);
  const n = arg(args, 5);
  const k = arg(args, 6);
  const per = arg(args, 7);
  const keep = arg(args, 8) != 0;
  const bias = pointer(args, 3);
  const alpha = number(args, 0);
  const first = chunk * per;
  const last = min(n, first + per);
  const rowBytes = (<usize>k) << 2;
  const wide = ((<usize>k) & ~7) << 2;
  for (let row = 0; row < m; row++) {
    const x = pointer(args, 0) + <usize>row * rowBytes;
    const y = pointer(args, 2) + ((<usize>row * <usize>n) << 2);
    let j = first;
    for (; j + 4 <= last; j += 4) {
      const w0 = pointer(args, 1) + <usize>j * rowBytes;
      const w1 = w0 + rowBytes;
      const w2 = w1 + rowBytes;
      const w3 = w2 + rowBytes;
      let s0 = f32x4.splat(0),
        s1 = f32x4.splat(0),
        s2 = f32x4.splat(0),
        s3 = f32x4.splat(0);
      let t0 = f32x4.splat(0),
        t1 = f32x4.splat(0),
        t2 = f32x4.splat(0),
        t3 = f32x4.splat(0);
      let i: usize = 0;
      for (; i < wide; i += 32) {
        const a = v128.load(x + i);
        const b = v128.load(x + i, 16);
        s0 = madd(a, v128.load(w0 + i), s0);
        s1 = madd(a, v128.load(w1 + i), s1);
        s2 = madd(a, v128.load(w2 + i), s2);
        s3 = madd(a, v128.load(w3 + i), s3);
        t0 = madd(b, v128.load(w0 + i, 16), t0);
        t1 = madd(b, v128.load(w1 + i, 16), t1);
        t2 = madd(b, v128.load(w2 + i, 16), t2);
        t3 = madd(b, v128.load(w3 + i, 16), t3);
      }
      let sums = sums4(f32x4.add(s0, t0), f32x4.add(s1, t1), f32x4.add(s2, t2), f32x4.add(s3, t3));
      for (; i < rowBytes; i += 4) {
        const lanes = f32x4(load<f32>(w0 + i), load<f32>(w1 + i), load<f32>(w2 + i), load<f32>(w3 + i));
        sums = madd(v128.load32_splat(x + i), lanes, sums);
      }
      sums = f32x4.mul(sums, f32x4.splat(alpha));
      if (bias != 0) sums = f32x4.add(sums, v128.load(at(bias, j)));
      if (keep) sums = f32x4.add(sums, v128.load(at(y, j)));
      v128.store(at(y, j), sums);
    }
    for (; j < last; j++) {
      const w = pointer(args, 1) + <usize>j * rowBytes;
      let s = f32x4.splat(0),
        t = f32x4.splat(0);
      let i: usize = 0;
      for (; i < wide; i += 32) {
        s = madd(v128.load(x + i), v128.load(w + i), s);
        t = madd(v128.load(x + i, 16), v128.load(w + i, 16), t);
      }
      let sum = sum4(f32x4.add(s, t));
      for (; i < rowBytes; i += 4) sum += load<f32>(x + i) * load<f32>(w + i);
      sum *= alpha;
      if (bias != 0) sum += load<f32>(at(bias, j));
      if (keep) sum += load<f32>(at(y, j));
      store<f32>(at(y, j), sum);
    }
  }
}
