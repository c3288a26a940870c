import type { Row } from './step/workload';
import type { MatmulCase } from './matmul/cases';

export type BackendName = 'webgpu' | 'wasm';

/** What is to be computed again and again. */
export type Work = { suite: 'step'; rows: Row[] } | { suite: 'matmul'; shape: MatmulCase; repeats: number };

/** One implementation with its work prepared. */
export interface Contender {
  /** Does the work once; resolves when the device has finished, with a number that both contenders must agree on. */
  once(): Promise<number>;
}

/** An implementation on an open device. */
export interface Team {
  device: string;
  prepare(work: Work): Promise<Contender>;
}

/** What the conductor says to a contender in another process or worker, and what it answers. */
export type Order = { order: 'open' } | { order: 'prepare'; work: Work } | { order: 'once' };
export type Answer = { ok: true; device?: string; result?: number; ms?: number } | { ok: false; message: string };

/** Obeys orders with the team that `open` makes; each piece of work is timed where it is done. */
export function obey(open: () => Promise<Team>): (order: Order) => Promise<Answer> {
  let team: Team | null = null;
  let contender: Contender | null = null;
  return async (order) => {
    try {
      if (order.order === 'open') {
        team = await open();
        return { ok: true, device: team.device };
      }
      if (!team) throw new Error(`${order.order} before open`);
      if (order.order === 'prepare') {
        contender = await team.prepare(order.work);
        return { ok: true };
      }
      if (!contender) throw new Error('once before prepare');
      const begun = performance.now();
      const result = await contender.once();
      return { ok: true, result, ms: performance.now() - begun };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
}
