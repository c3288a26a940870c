import { dot, moved, normOf } from './direction';
import type { LossFunction } from './lossFunction';
import type { Part } from './parts';

/** L(θ + εd) − L(θ − εd) as it was found, and as the gradient g predicts it: Σ g·(θ⁺ − θ⁻), of the numbers as float32 holds them. */
interface Difference {
  found: number;
  predicted: number;
}

export interface Slope {
  /** Derivatives along d: by the gradient, and by differences of losses. */
  analytic: number;
  numeric: number;
  relativeError: number;
  tolerance: number;
}

/** The loss should differ by this over 2ε: a hundred thousand times its noise, and still near enough to a straight line. */
const wantedDifference = 0.04;
/** Where ε and 2ε disagree by more than this part the loss is too bent there: half the ε. */
const bend = 0.02;
const halvings = 4;
/** No step is longer than this part of the numbers themselves. */
const longest = 0.05;
/** What rounding in float32 can make of a gradient: the parity of this engine's gradients with PyTorch's (engineParity). */
const gradientRounding = 1e-4;

/**
 * The slope of L at θ along the unit direction d by central differences over ε and 2ε and Richardson's (4·D(ε) − D(2ε)) ÷ 3, whose
 * error is of the order ε⁴. The tolerance is the sum of what rounding can do to both sides: 6 standard deviations of the noise of four losses (σ each; √2·√((4/3)² + (1/6)²) = 1.9 of
 * them over the difference), the rounding of the gradient itself, and what bend remains, (D(2ε) ÷ D(ε) − 1)².
 */
export async function slopeAlong(
  loss: LossFunction,
  part: Part,
  gradient: Float32Array,
  direction: Float64Array,
  noise: number,
): Promise<Slope> {
  const { start } = loss;
  const differ = async (epsilon: number): Promise<Difference> => {
    const [above, below] = [moved(part, start, direction, epsilon), moved(part, start, direction, -epsilon)];
    const found = (await loss.at(above)) - (await loss.at(below));
    return { found, predicted: dot(part, gradient, above) - dot(part, gradient, below) };
  };
  const derivative = Math.abs(dot(part, gradient, direction));
  let epsilon = Math.min(wantedDifference / (2 * derivative), longest * normOf(part, start));
  let [far, near] = [await differ(2 * epsilon), await differ(epsilon)];
  const bent = (): number => Math.abs(far.found / near.found / 2 - 1);
  for (let left = halvings; left > 0 && bent() > bend && Math.abs(near.found) > 1000 * noise; left--) {
    epsilon /= 2;
    [far, near] = [near, await differ(epsilon)];
  }
  const slope = (side: keyof Difference): number => (8 * near[side] - far[side]) / (12 * epsilon);
  const [analytic, numeric] = [slope('predicted'), slope('found')];
  const size = Math.max(Math.abs(analytic), Math.abs(numeric));
  const rounding = (6 * 1.9 * noise) / (2 * epsilon) / size;
  return {
    analytic,
    numeric,
    relativeError: size === 0 ? 0 : Math.abs(analytic - numeric) / size,
    tolerance: size === 0 ? 0 : gradientRounding + rounding + Math.min(bent() ** 2, bend ** 2),
  };
}
