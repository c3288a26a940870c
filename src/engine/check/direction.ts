import type { Random } from '../../lib/random';
import type { Part } from './parts';

/**
 * A unit direction within a part, 0 elsewhere: half the gradient's own, so that the derivative stands far above rounding, half random, so that
 * numbers whose gradient is wrongly zero move too.
 */
export function directionOf(part: Part, gradient: Float32Array, random: Random): Float64Array {
  const direction = new Float64Array(gradient.length);
  const count = part.ranges.reduce((sum, { size }) => sum + size, 0);
  const own = normOf(part, gradient);
  // A uniform number in ±√3 has variance 1.
  const spread = Math.sqrt(3 / count);
  each(part, (at) => {
    direction[at] = (own > 0 ? (gradient[at] ?? 0) / own : 0) + (2 * random.uniform() - 1) * spread;
  });
  const length = normOf(part, direction);
  each(part, (at) => {
    direction[at] = (direction[at] ?? 0) / length;
  });
  return direction;
}

/** Euclidean norm of a part's numbers. */
export function normOf(part: Part, numbers: Float32Array | Float64Array): number {
  let sum = 0;
  each(part, (at) => {
    sum += (numbers[at] ?? 0) ** 2;
  });
  return Math.sqrt(sum);
}

/** Σ a·b over a part. */
export function dot(part: Part, a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let sum = 0;
  each(part, (at) => {
    sum += (a[at] ?? 0) * (b[at] ?? 0);
  });
  return sum;
}

/** θ + εd, as float32 holds it. */
export function moved(part: Part, start: Float32Array, direction: Float64Array, epsilon: number): Float32Array {
  const values = start.slice();
  each(part, (at) => {
    values[at] = (start[at] ?? 0) + epsilon * (direction[at] ?? 0);
  });
  return values;
}

function each({ ranges }: Part, work: (at: number) => void): void {
  for (const { offset, size } of ranges) for (let at = offset; at < offset + size; at++) work(at);
}
