import type { WeightFormat } from '../src/kernels/weights/weight';
import type { MatmulCase } from './matmul/cases';
import type { ModelSides, Row } from './step/workload';

export type BackendName = 'webgpu' | 'wasm';

/** Who takes part: the studio, stock tfjs, jax-js (WebGPU only), PyTorch (where a Python has it). */
export type ContenderName = 'ours' | 'stock' | 'jax' | 'pytorch';

/** One optimizer step of LoRA on made-up rows. */
export interface StepWork {
  suite: 'step';
  sides: ModelSides;
  rows: Row[];
  /** Rank; 16 by default. */
  r?: number;
  /** Learning rate; that of the workload by default. */
  rate?: number;
  /** How ours holds the base weights; f32 by default. */
  format?: WeightFormat;
}

/** A product, `repeats` times. */
export interface MatmulWork {
  suite: 'matmul';
  shape: MatmulCase;
  repeats: number;
  /** How ours holds the second operand; as an f32 tensor by default. */
  format?: WeightFormat;
}

/** A greedy answer of `newTokens` to a prompt of `promptTokens`, by the chat's own code. Ours alone. */
export interface ChatWork {
  suite: 'chat';
  sides: ModelSides;
  format: WeightFormat;
  promptTokens: number;
  newTokens: number;
}

/** A copy of `bytes` on the device, several times: what its memory can do. Ours alone. */
export interface CopyWork {
  suite: 'copy';
  bytes: number;
  repeats: number;
}

/** What is to be computed again and again. */
export type Work = StepWork | MatmulWork | ChatWork | CopyWork;

/** One implementation with its work prepared. */
export interface Contender {
  /** Does the work once; resolves when the device has finished, with a number that all contenders must agree on. */
  once(): Promise<number>;
  /** Figures of the last time, by name, for example `prefillMs`. */
  figures?(): Record<string, number>;
  /** Frees what it holds on the device. */
  dispose?(): void;
}

/** An implementation on an open device. */
export interface Team {
  device: string;
  prepare(work: Work): Promise<Contender>;
}

/** What the conductor says to a contender in another process or worker, and what it answers. */
export type Order = { order: 'open' } | { order: 'prepare'; work: Work } | { order: 'once' };
export type Answer =
  | { ok: true; device?: string; result?: number; ms?: number; figures?: Record<string, number> }
  | { ok: false; message: string };

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
        contender?.dispose?.();
        contender = null;
        contender = await team.prepare(order.work);
        return { ok: true };
      }
      if (!contender) throw new Error('once before prepare');
      const begun = performance.now();
      const result = await contender.once();
      const ms = performance.now() - begun;
      return { ok: true, result, ms, figures: contender.figures?.() ?? {} };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
}
