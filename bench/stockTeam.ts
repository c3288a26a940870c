import type { Team } from './contender';
import { stockMatmul } from './matmul/stock';
import { StockModel } from './step/stockModel';

/** Stock tfjs on whichever backend is active. */
export const stockTeam = (device: string): Team => ({
  device,
  prepare: (work) => {
    if (work.suite === 'matmul') return Promise.resolve(stockMatmul(work.shape, work.repeats));
    if (work.suite !== 'step') throw new Error(`stock tfjs: takes no part in ${work.suite}`);
    const model = new StockModel(work.sides);
    return Promise.resolve({ once: () => model.step(work.rows), dispose: () => model.dispose() });
  },
});
