import type { BackendName, Work } from '../contender';
import { race } from '../race';
import type { Arena } from '../remotes';
import { openRacers } from '../report';
import { fitPower, type PowerLaw } from '../statistics';
import { stepFlops } from '../step/suite';
import { builtinSides, makeRows, type ModelSides } from '../step/workload';

export interface ScalingResult extends PowerLaw {
  suite: 'scaling';
  case: string;
  backend: BackendName;
  host: string;
  /** What grows, and the median of each point, ms. */
  points: { at: number; ms: number }[];
  /** Where the exponent must lie: [least, most]. */
  band: [number, number];
  inBand: boolean;
  /** Exponent of the operations that must be done; where it applies. */
  predicted: number | null;
}

interface Point {
  at: number;
  work: Work;
  /** Operations that must be done; NaN where only time counts. */
  flops: number;
}

interface Series {
  name: string;
  band: [number, number];
  points: Point[];
  /** Of a point's time, which figure: the whole time by default. */
  figure?: string;
}

const step = (sides: ModelSides, count: number, length: number, r = 16): Point['work'] => ({
  suite: 'step',
  sides,
  rows: makeRows({ count, shortest: length, longest: length, answer: length, vocabSize: sides.vocabSize }),
  r,
});

/** Scores and sums over the values, causal: 2·T²·H·K forward, two and a half times that backward, each layer and row. */
const attentionFlops = (sides: ModelSides, count: number, length: number): number =>
  3.5 * 2 * count * length ** 2 * sides.heads * sides.headSize * sides.layers;

const stepPoint = (at: number, sides: ModelSides, count: number, length: number, r = 16): Point => ({
  at,
  work: step(sides, count, length, r),
  flops: stepFlops(sides, count * length, count * (length - 1)) + attentionFlops(sides, count, length),
});

/** Software devices take seconds where others take milliseconds: shorter series there. */
function seriesOf(isSlow: boolean): Series[] {
  const sides = builtinSides;
  const rows = isSlow ? [2, 4, 8] : [8, 16, 32, 64];
  const lengths = isSlow ? [64, 128, 256] : [128, 256, 512, 1024];
  const contexts = isSlow ? [64, 256] : [128, 256, 512, 960];
  const wide = (factor: number): ModelSides => ({
    ...sides,
    hiddenSize: sides.hiddenSize * factor,
    feedForwardSize: sides.feedForwardSize * factor,
    heads: sides.heads * factor,
    kvHeads: sides.kvHeads * factor,
  });
  const answer = (at: number, promptTokens: number): Point => ({
    at,
    work: { suite: 'chat', sides, format: 'f32', promptTokens, newTokens: 16 },
    flops: NaN,
  });
  return [
    {
      name: 'step against tokens, rows of 64',
      band: [0.85, 1.1],
      points: rows.map((count) => stepPoint(64 * count, sides, count, 64)),
    },
    {
      name: 'step against length, one row',
      band: [0.85, 1.6],
      points: lengths.map((length) => stepPoint(length, sides, 1, length)),
    },
    {
      name: 'step against rank, 8 rows of 64',
      band: [-0.1, 0.5],
      points: [4, 16, 64].map((r) => stepPoint(r, sides, isSlow ? 2 : 8, 64, r)),
    },
    {
      name: 'step against layers, 8 rows of 64',
      band: [0.6, 1.1],
      points: [2, 4, 8].map((layers) => stepPoint(layers, { ...sides, layers }, isSlow ? 2 : 8, 64)),
    },
    {
      name: 'step against width, 8 rows of 64',
      band: [1, 2.2],
      points: (isSlow ? [1, 2] : [1, 2, 4]).map((factor) =>
        stepPoint(sides.hiddenSize * factor, wide(factor), isSlow ? 2 : 8, 64),
      ),
    },
    {
      name: 'decoding against context, ms a token',
      band: [-0.1, 1.1],
      points: contexts.map((context) => answer(context, context)),
      figure: 'decodeTokensPerSecond',
    },
  ];
}

/**
 * How cost grows: a power law through medians, least squares in the logarithms. `predicted` is the exponent of the operations
 * that must be done, by the same fit.
 */
export async function measureScaling(
  arena: Arena,
  backend: BackendName,
  options: { case: string; rounds: number },
  tell: (result: ScalingResult) => void,
): Promise<ScalingResult[]> {
  const { racers, devices } = await openRacers(arena, ['ours']);
  const isSlow = /swiftshader|llvmpipe/i.test(devices.ours ?? '');
  const results: ScalingResult[] = [];
  for (const { name, band, points, figure } of seriesOf(isSlow)) {
    if (!name.includes(options.case)) continue;
    const measured: ScalingResult['points'] = [];
    for (const { at, work } of points) {
      const { sides } = await race(racers, work, options.rounds, 1e-3);
      const perSecond = figure === undefined ? NaN : (sides.ours?.figures[figure] ?? NaN);
      measured.push({ at, ms: figure === undefined ? (sides.ours?.medianMs ?? NaN) : 1000 / perSecond });
    }
    const x = points.map(({ at }) => at);
    const law = fitPower(
      x,
      measured.map(({ ms }) => ms),
    );
    const flops = points.map((point) => point.flops);
    const result: ScalingResult = {
      suite: 'scaling',
      case: name,
      backend,
      host: arena.host,
      points: measured,
      band,
      inBand: law.exponent >= band[0] && law.exponent <= band[1],
      predicted: flops.every(Number.isFinite) ? fitPower(x, flops).exponent : null,
      ...law,
    };
    results.push(result);
    tell(result);
  }
  return results;
}

export const scalingLine = ({ case: name, backend, exponent, fit, predicted, band, inBand, points }: ScalingResult) =>
  [
    'scaling',
    backend.padEnd(7),
    name.padEnd(38),
    `exponent ${exponent.toFixed(2)} (R² ${fit.toFixed(3)}`,
    predicted === null ? 'operations not counted)' : `operations ${predicted.toFixed(2)})`,
    `${inBand ? 'in' : 'OUT OF'} ${band.join('…')}`,
    points.map(({ at, ms }) => `${at}: ${ms.toFixed(1)} ms`).join(', '),
  ].join(' ');
