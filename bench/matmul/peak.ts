import type { WeightFormat } from '../../src/kernels/weights/weight';
import type { Remote } from '../remotes';
import type { ModelSides } from '../step/workload';
import type { MatmulCase } from './cases';

/** Tokens of the product: wide enough to fill a device. */
const tokens = 512;

/** Fastest of a few runs of our product at this model's feed-forward shape, forward, GFLOP/s: what a step is measured against. */
export async function matmulPeak(ours: Remote | undefined, sides: ModelSides, format: WeightFormat): Promise<number> {
  if (!ours) return NaN;
  const shape: MatmulCase = { name: 'peak', m: tokens, k: sides.hiddenSize, n: sides.feedForwardSize, form: 'NT' };
  const ask = async (order: Parameters<Remote['ask']>[0]): Promise<number> => {
    const answer = await ours.ask(order);
    if (!answer.ok) throw new Error(answer.message);
    return answer.ms ?? NaN;
  };
  await ask({ order: 'prepare', work: { suite: 'matmul', shape, repeats: 4, format } });
  let fastest = Infinity;
  for (let run = 0; run < 5; run++) fastest = Math.min(fastest, await ask({ order: 'once' }));
  return (4 * 2 * shape.m * shape.k * shape.n) / 1e6 / fastest;
}
