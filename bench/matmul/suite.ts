import type { BackendName } from '../contender';
import { race, type Racers } from '../race';
import type { Arena } from '../remotes';
import { openRacers, type CaseResult } from '../report';
import { matmulCases } from './cases';

/** Products a measurement: small ones would drown in the cost of asking. */
const repeatsFor = (flops: number): number => Math.max(1, Math.min(20, Math.round(4e8 / flops)));

/** Formats of the second operand that ours is measured with, where it is a weight. */
const packedFormats = ['f16', 'int8', 'int4'] as const;

/**
 * Products at model shapes: ours, stock tfjs, jax-js. Then ours alone with packed weights: `overF32` is the time with an f32
 * operand over that with a packed one. `shareOfBest`: of the highest GFLOP/s that ours reached in any case of this run.
 */
export async function measureMatmul(
  arena: Arena,
  backend: BackendName,
  options: { case: string; without: readonly string[]; rounds: number },
  tell: (result: CaseResult) => void,
): Promise<CaseResult[]> {
  const wanted = (['ours', 'stock', 'jax'] as const).filter((name) => !options.without.includes(name));
  const { racers, devices } = await openRacers(arena, wanted);
  const results: CaseResult[] = [];
  for (const shape of matmulCases.filter(({ name }) => name.includes(options.case))) {
    const flops = 2 * shape.m * shape.k * shape.n;
    const repeats = repeatsFor(flops);
    const measure = async (
      name: string,
      taking: Racers,
      format: (typeof packedFormats)[number] | undefined,
      tolerance: number,
    ): Promise<CaseResult> => {
      const work = { suite: 'matmul' as const, shape, repeats, ...(format ? { format } : {}) };
      const outcome = await race(taking, work, options.rounds, tolerance);
      const speed = (flops * repeats) / 1e6 / (outcome.sides.ours?.medianMs ?? NaN);
      const result: CaseResult = {
        suite: 'matmul',
        case: name,
        backend,
        host: arena.host,
        devices,
        speed,
        unit: 'GFLOP/s',
        more: {},
        ...outcome,
      };
      results.push(result);
      return result;
    };
    const plain = await measure(shape.name, racers, undefined, 1e-4);
    tell(plain);
    // Only frozen weights are packed: the wide operands of forward and input gradient.
    if (shape.form === 'TN' || !shape.name.startsWith('qwen')) continue;
    for (const format of packedFormats) {
      const packed = await measure(`${shape.name}, ${format}`, racers.ours ? { ours: racers.ours } : {}, format, 1e-4);
      packed.more.overF32 = (plain.sides.ours?.medianMs ?? NaN) / (packed.sides.ours?.medianMs ?? NaN);
      tell(packed);
    }
  }
  const best = Math.max(...results.map(({ speed }) => speed));
  for (const result of results) result.more.shareOfBest = result.speed / best;
  return results;
}
