// One AdamW step in place (Loshchilov & Hutter 2019), in the order of torch.optim.AdamW, after torch's clip_grad_norm_.
import { arg, number, pointer } from './core.as';

/**
 * g' = g·clip; p ← p·decay; m ← m + (1−β1)(g'−m); v ← β2·v + (1−β2)·g'²; p ← p − stepSize·m/(√v·rootScale + eps)
 * with stepSize = lr/(1−β1^t), rootScale = 1/√(1−β2^t), clip = min(1, maxNorm/(√sumSq + 1e-6)). Moments under 1e-30 become 0:
 * a row of the embedding that is met once would keep denormal ones for ever, which are slow, and move nothing beside eps.
 * Arguments: p, g, m, v, sumSq, elements, elements a chunk; decay, 1−β1, β2, 1−β2, stepSize, rootScale, eps, maxNorm (0: no clip).
 */
export function adamw(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 6);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 5) - first);
  const start = first << 2;
  const p = pointer(args, 0) + start;
  const g = pointer(args, 1) + start;
  const m = pointer(args, 2) + start;
  const v = pointer(args, 3) + start;
  const maxNorm = number(args, 7);
  let clip: f32 = 1;
  if (maxNorm > 0) clip = min<f32>(1, maxNorm / (sqrt<f32>(load<f32>(pointer(args, 4))) + <f32>1e-6));
  const clips = f32x4.splat(clip);
  const decay = f32x4.splat(number(args, 0));
  const rate1 = f32x4.splat(number(args, 1));
  const beta2 = f32x4.splat(number(args, 2));
  const rate2 = f32x4.splat(number(args, 3));
  const stepSize = f32x4.splat(number(args, 4));
  const rootScale = f32x4.splat(number(args, 5));
  const eps = f32x4.splat(number(args, 6));
  const floor = f32x4.splat(1e-30);
  const end = count << 2;
  const wide = (count & ~3) << 2;
  let i: usize = 0;
  for (; i < wide; i += 16) {
    const gradient = f32x4.mul(v128.load(g + i), clips);
    let mean = v128.load(m + i);
    mean = f32x4.add(mean, f32x4.mul(rate1, f32x4.sub(gradient, mean)));
    mean = v128.andnot(mean, f32x4.lt(f32x4.abs(mean), floor));
    let square = f32x4.add(f32x4.mul(beta2, v128.load(v + i)), f32x4.mul(rate2, f32x4.mul(gradient, gradient)));
    square = v128.andnot(square, f32x4.lt(square, floor));
    v128.store(m + i, mean);
    v128.store(v + i, square);
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(square), rootScale), eps);
    const change = f32x4.div(f32x4.mul(stepSize, mean), root);
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), decay), change));
  }
  for (; i < end; i += 4) {
    const gradient = load<f32>(g + i) * clip;
    let mean = load<f32>(m + i);
    mean += number(args, 1) * (gradient - mean);
    if (abs<f32>(mean) < <f32>1e-30) mean = 0;
    let square = number(args, 2) * load<f32>(v + i) + number(args, 3) * (gradient * gradient);
    if (square < <f32>1e-30) square = 0;
    store<f32>(m + i, mean);
    store<f32>(v + i, square);
    const change = (number(args, 4) * mean) / (sqrt<f32>(square) * number(args, 5) + number(args, 6));
    store<f32>(p + i, load<f32>(p + i) * number(args, 0) - change);
  }
}
