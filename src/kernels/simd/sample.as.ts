// The next token of a row of logits: kernels/sample/rule.ts says how. One chunk: a row costs little beside the head's product.
import { arg, at, exp1, exp4, number, pointer, sum4 } from './core.as';

/** Largest finite distance, by its bits. */
// @ts-ignore: decorator
@inline
const keepAll: u32 = 0x7f7fffff;
// @ts-ignore: decorator
@inline
const bins: u32 = 2048;

/**
 * Arguments: logits, seen, token, drawn, columns, index, greedy, top k (0: none), top p in parts of 2³² (0: none), bits of
 * min-p's limit, hash; 1/T, penalty, 1/penalty. The logits become distances, by their bits (greedy: stay, penalized).
 */
export function sample(args: usize, scratch: usize): void {
  const logits = pointer(args, 0);
  const columns = arg(args, 4);
  if (number(args, 1) != 1) penalize(args, logits, columns);
  let best = 0;
  let top: f32 = -3.4e38;
  for (let i = 0; i < columns; i++) {
    const z = load<f32>(at(logits, i));
    if (z > top) {
      top = z;
      best = i;
    }
  }
  const id = arg(args, 6) != 0 ? best : draw(args, logits, columns, top, scratch);
  store<i32>(pointer(args, 2), id);
  store<i32>(at(pointer(args, 3), arg(args, 5)), id);
  if (number(args, 1) != 1) {
    const word = at(pointer(args, 1), id >> 5);
    store<u32>(word, load<u32>(word) | (<u32>1 << (<u32>id & 31)));
  }
}

function penalize(args: usize, logits: usize, columns: i32): void {
  const seen = pointer(args, 1);
  for (let first = 0; first < columns; first += 32) {
    let word = load<u32>(at(seen, first >> 5));
    while (word != 0) {
      const place = at(logits, first + <i32>ctz<u32>(word));
      const z = load<f32>(place);
      store<f32>(place, z * (z < 0 ? number(args, 1) : number(args, 2)));
      word &= word - 1;
    }
  }
}

function draw(args: usize, logits: usize, columns: i32, top: f32, scratch: usize): i32 {
  const total = distances(logits, columns, top, number(args, 0));
  const exponent = reinterpret<u32>(total) >> 23;
  const scale: f32 = exponent >= 120 ? reinterpret<f32>((284 - exponent) << 23) : 0;
  let limit = keepAll;
  if (arg(args, 7) > 0) limit = search(logits, columns, limit, false, scale, <u32>pointer(args, 7), scratch);
  if (arg(args, 8) != 0) limit = search(logits, columns, limit, true, scale, <u32>pointer(args, 8), scratch);
  limit = min<u32>(limit, <u32>pointer(args, 9));
  let mass: u32 = 0;
  for (let i = 0; i < columns; i++) {
    const bits = load<u32>(at(logits, i));
    if (bits <= limit) mass += weight(bits, scale);
  }
  let rest = high(<u32>pointer(args, 10), mass);
  for (let i = 0; i < columns; i++) {
    const bits = load<u32>(at(logits, i));
    if (bits > limit) continue;
    const here = weight(bits, scale);
    if (rest < here) return i;
    rest -= here;
  }
  return 0;
}

/** Logits to distances without a sign; the sum of e^−d. */
function distances(logits: usize, columns: i32, top: f32, inverse: f32): f32 {
  const tops = f32x4.splat(top);
  const factors = f32x4.splat(inverse);
  const wide = columns & ~3;
  let sums = f32x4.splat(0);
  let i = 0;
  for (; i < wide; i += 4) {
    const d = f32x4.mul(f32x4.sub(tops, v128.load(at(logits, i))), factors);
    sums = f32x4.add(sums, v128.and(exp4(f32x4.neg(d)), f32x4.eq(d, d)));
    v128.store(at(logits, i), v128.and(d, i32x4.splat(0x7fffffff)));
  }
  let total = sum4(sums);
  for (; i < columns; i++) {
    const d: f32 = (top - load<f32>(at(logits, i))) * inverse;
    if (d == d) total += exp1(-d);
    store<u32>(at(logits, i), reinterpret<u32>(d) & 0x7fffffff);
  }
  return total;
}

// @ts-ignore: decorator
@inline
function weight(bits: u32, scale: f32): u32 {
  return <u32>(exp1(-reinterpret<f32>(bits)) * scale + <f32>0.5);
}

/** ⌊a·b/2³²⌋. Arguments must be loaded as u32: the optimizer widens a load of i32 with its sign, whatever is asked for later. */
function high(a: u32, b: u32): u32 {
  return <u32>((<u64>a * <u64>b) >> 32);
}

/**
 * The largest distance under `limit` that is kept, eleven, ten and ten bits at a time: where the number of tokens reaches
 * `wanted`, or (weighed) the sum of their weights its share `wanted` of all under the limit.
 */
function search(logits: usize, columns: i32, limit: u32, weighed: bool, scale: f32, wanted: u32, scratch: usize): u32 {
  let prefix: u32 = 0;
  let target = wanted;
  for (let depth: u32 = 0; depth < 31; depth += depth == 0 ? 11 : 10) {
    memory.fill(scratch, 0, bins * 4);
    const shift = depth == 0 ? 20 : 21 - depth;
    const mask: u32 = depth == 0 ? 2047 : 1023;
    let all: u32 = 0;
    for (let i = 0; i < columns; i++) {
      const bits = load<u32>(at(logits, i));
      if (bits > limit || (depth > 0 && bits >> (31 - depth) != prefix)) continue;
      const bin = scratch + (<usize>((bits >> shift) & mask) << 2);
      const more: u32 = weighed ? weight(bits, scale) : 1;
      store<u32>(bin, load<u32>(bin) + more);
      all += more;
    }
    if (depth == 0 && weighed) target = max<u32>(1, high(wanted, all));
    let seen: u32 = 0;
    let bin: u32 = 0;
    for (; bin < bins - 1; bin++) {
      const here = load<u32>(scratch + (<usize>bin << 2));
      if (seen + here >= target) break;
      seen += here;
    }
    target -= seen;
    prefix = depth == 0 ? bin : (prefix << 10) | bin;
  }
  return min<u32>(prefix, limit);
}
