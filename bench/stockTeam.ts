import type { Team } from './contender';
import { stockMatmul } from './matmul/stock';
import { StockModel } from './step/stockModel';
import { builtinSides } from './step/workload';

/** Stock tfjs on whichever backend is active. */
export const stockTeam = (device: string): Team => ({
  device,
  prepare: (work) => {
    if (work.suite === 'matmul') return Promise.resolve(stockMatmul(work.shape, work.repeats));
    const model = new StockModel(builtinSides);
    return Promise.resolve({ once: () => model.step(work.rows) });
  },
});
