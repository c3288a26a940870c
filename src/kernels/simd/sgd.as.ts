// One step of gradient descent in place, as torch.optim.SGD without momentum, after torch's clip_grad_norm_.
import { arg, number, pointer } from './core.as';

/**
 * g' = g·clip; p ← p − lr·(g' + wd·p), with clip = min(1, maxNorm/(√sumSq + 1e-6)).
 * Arguments: p, g, sumSq, elements, elements a chunk; lr, wd, maxNorm (0: no clip).
 */
export function sgd(args: usize, chunk: i32): void {
  const per = <usize>arg(args, 4);
  const first = <usize>chunk * per;
  const count = min<usize>(per, <usize>arg(args, 3) - first);
  const start = first << 2;
  const p = pointer(args, 0) + start;
  const g = pointer(args, 1) + start;
  const rate = number(args, 0);
  const weightDecay = number(args, 1);
  const maxNorm = number(args, 2);
  let clip: f32 = 1;
  if (maxNorm > 0) clip = min<f32>(1, maxNorm / (sqrt<f32>(load<f32>(pointer(args, 2))) + <f32>1e-6));
  const end = count << 2;
  const wide = (count & ~3) << 2;
  let i: usize = 0;
  for (; i < wide; i += 16) {
    const value = v128.load(p + i);
    const gradient = f32x4.mul(v128.load(g + i), f32x4.splat(clip));
    const slope = f32x4.add(gradient, f32x4.mul(f32x4.splat(weightDecay), value));
    v128.store(p + i, f32x4.sub(value, f32x4.mul(f32x4.splat(rate), slope)));
  }
  for (; i < end; i += 4) {
    const value = load<f32>(p + i);
    store<f32>(p + i, value - rate * (load<f32>(g + i) * clip + weightDecay * value));
  }
}
