import type { Order, Work } from './contender';
import type { Remote } from './remotes';

export interface Side {
  medianMs: number;
  allMs: number[];
}

export interface DuelResult {
  /** Median of stock over median of ours: above 1, ours is faster. */
  ratio: number;
  ours: Side;
  stock: Side;
  rounds: number;
  /** What both computed the first time; they agreed. */
  agreed: number;
}

/**
 * Both contenders do the same work in turns, the one who begins changing every round; the first time (compiling, first
 * touch) is not counted. @throws when their results differ: then one of them computes something else, and times mean nothing.
 */
export async function duel(
  arena: { ours: Remote; stock: Remote },
  work: Work,
  rounds: number,
  tolerance: number,
): Promise<DuelResult> {
  const remotes = { ours: arena.ours, stock: arena.stock };
  const names = ['ours', 'stock'] as const;
  const times: Record<(typeof names)[number], number[]> = { ours: [], stock: [] };
  for (const name of names) await demand(remotes[name], { order: 'prepare', work });
  let agreed = NaN;
  for (let round = 0; round <= rounds; round++) {
    const results: Record<(typeof names)[number], number> = { ours: NaN, stock: NaN };
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const { result = NaN, ms = NaN } = await demand(remotes[name], { order: 'once' });
      results[name] = result;
      if (round > 0) times[name].push(ms);
    }
    const difference = Math.abs(results.ours - results.stock) / Math.abs(results.stock);
    // Training amplifies rounding from step to step: only the first few are bound to the tolerance as it stands.
    if (!(difference <= tolerance * 2 ** round))
      throw new Error(
        `round ${round}: both must compute the same, got ${results.ours} (ours) and ${results.stock} (stock)`,
      );
    if (round === 0) agreed = results.stock;
    report(round, times);
  }
  const side = (all: number[]): Side => ({ medianMs: median(all), allMs: all });
  const ours = side(times.ours);
  const stock = side(times.stock);
  return { ratio: stock.medianMs / ours.medianMs, ours, stock, rounds, agreed };
}

/** A sign of life: in software a step takes a minute. */
function report(round: number, times: { ours: number[]; stock: number[] }): void {
  const last = (all: number[]): string => `${(all.at(-1) ?? NaN).toFixed(0)} ms`;
  const text = round === 0 ? 'warmed up' : `round ${round}: ours ${last(times.ours)}, stock ${last(times.stock)}`;
  process.stderr.write(`  ${text}\n`);
}

async function demand(remote: Remote, order: Order): Promise<{ result?: number; ms?: number }> {
  const answer = await remote.ask(order);
  if (!answer.ok) throw new Error(answer.message);
  return answer;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
