import type { Row } from './workload';

/** One implementation of the step, ready to run on one batch again and again. */
export interface Contender {
  /** One optimizer step on the prepared batch; resolves with its loss when the device has finished. */
  step(): Promise<number>;
}

export type Prepare = (rows: readonly Row[]) => Promise<Contender>;

/** What the conductor says to a contender in another process or worker, and what it answers. */
export type Order = { order: 'prepare'; backend: 'webgpu' | 'wasm'; rows: Row[] } | { order: 'step' };
export type Answer =
  { ok: true; device: string } | { ok: true; loss: number; ms: number } | { ok: false; message: string };

/** Obeys orders with a contender that `open` makes; times each step where it runs. */
export function obey(
  open: (backend: 'webgpu' | 'wasm') => Promise<{ device: string; prepare: Prepare }>,
): (order: Order) => Promise<Answer> {
  let contender: Contender | null = null;
  return async (order) => {
    try {
      if (order.order === 'prepare') {
        const { device, prepare } = await open(order.backend);
        contender = await prepare(order.rows);
        return { ok: true, device };
      }
      if (!contender) throw new Error('step before prepare');
      const begun = performance.now();
      const loss = await contender.step();
      return { ok: true, loss, ms: performance.now() - begun };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
}
