// One Lion step in place (Chen et al. 2023), after torch's clip_grad_norm_.
import { arg, number, pointer } from './core.as';

/** −1, 0 or 1 in each of four lanes. */
// @ts-ignore: decorator
@inline
function sign4(x: v128): v128 {
  const zero = f32x4.splat(0);
  const above = v128.and(f32x4.gt(x, zero), f32x4.splat(1));
  return v128.or(above, v128.and(f32x4.lt(x, zero), f32x4.splat(-1)));
}

/**
 * g' = g·clip; p ← p·decay − lr·sign(β1·m + (1−β1)·g'); m ← β2·m + (1−β2)·g', with clip = min(1, maxNorm/(√sumSq + 1e-6)).
 * Arguments: p, g, m, sumSq, elements, elements a chunk; decay, lr, β1, 1−β1, β2, 1−β2, maxNorm (0: no clip).
 */
export function lion(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 5);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 4) - first);
  const start = first << 2;
  const p = pointer(args, 0) + start;
  const g = pointer(args, 1) + start;
  const m = pointer(args, 2) + start;
  const maxNorm = number(args, 6);
  let clip: f32 = 1;
  if (maxNorm > 0) clip = min<f32>(1, maxNorm / (sqrt<f32>(load<f32>(pointer(args, 3))) + <f32>1e-6));
  const clips = f32x4.splat(clip);
  const decay = f32x4.splat(number(args, 0));
  const rate = f32x4.splat(number(args, 1));
  const beta1 = f32x4.splat(number(args, 2));
  const rest1 = f32x4.splat(number(args, 3));
  const beta2 = f32x4.splat(number(args, 4));
  const rest2 = f32x4.splat(number(args, 5));
  const end = count << 2;
  const wide = (count & ~3) << 2;
  let i: usize = 0;
  for (; i < wide; i += 16) {
    const gradient = f32x4.mul(v128.load(g + i), clips);
    const momentum = v128.load(m + i);
    const direction = sign4(f32x4.add(f32x4.mul(beta1, momentum), f32x4.mul(rest1, gradient)));
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), decay), f32x4.mul(rate, direction)));
    v128.store(m + i, f32x4.add(f32x4.mul(beta2, momentum), f32x4.mul(rest2, gradient)));
  }
  for (; i < end; i += 4) {
    const gradient = load<f32>(g + i) * clip;
    const momentum = load<f32>(m + i);
    const blend = number(args, 2) * momentum + number(args, 3) * gradient;
    const direction: f32 = blend > 0 ? 1 : blend < 0 ? -1 : 0;
    store<f32>(p + i, load<f32>(p + i) * number(args, 0) - number(args, 1) * direction);
    store<f32>(m + i, number(args, 4) * momentum + number(args, 5) * gradient);
  }
}
