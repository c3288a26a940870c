import { Random } from '../../lib/random';
import type { SamplePick } from '../../protocol/run';
import type { SamplePrompt } from '../../protocol/training';

/** A prompt that is answered anew as the run goes on. A checkpoint holds it as it is. */
export interface FollowedSample {
  prompt: SamplePrompt;
  pick: SamplePick;
  /** What the base model answers; null until it was asked. */
  base: string | null;
  /** Mean loss of its row at the last evaluation; null for a prompt that is no row of the validation set. */
  loss: number | null;
}

/** What is settled before a run's first step, and holds to its end; a checkpoint has it. */
export interface Begun {
  /** Loss over the validation rows before the first step; null where it was not evaluated. */
  loss: number | null;
  samples: FollowedSample[];
}

/** Mean loss by row number, of rows that have a supervised token. */
export type RowLosses = ReadonlyMap<number, number>;

/** Stream of the random picks; other uses of the run's seed have other streams. */
const pickStream = 11;

/**
 * Which prompts a run follows: those `asked` first, then rows of `pool` up to `size` in all: the one of the lowest loss, the one of the
 * highest, then seeded random ones in the order in which they are drawn. Without `losses` (nothing is evaluated) all of the pool's are random. Ties go to the first of
 * the pool; rows without a loss are no best and no worst.
 */
export function chooseSamples(
  asked: readonly SamplePrompt[],
  pool: readonly SamplePrompt[],
  losses: RowLosses | null,
  size: number,
  seed: number,
): FollowedSample[] {
  const chosen: FollowedSample[] = [];
  const take = (prompt: SamplePrompt, pick: SamplePick): void => {
    const loss = pick === 'asked' ? null : (losses?.get(prompt.row) ?? null);
    if (chosen.length < size) chosen.push({ prompt, pick, base: null, loss });
  };
  for (const prompt of asked) take(prompt, 'asked');
  const ranked = pool
    .filter(({ row }) => losses?.has(row))
    .sort((a, b) => (losses?.get(a.row) ?? 0) - (losses?.get(b.row) ?? 0));
  const [best] = ranked;
  const highest = best && losses?.get(ranked.at(-1)?.row ?? best.row);
  const worst = ranked.find((prompt) => prompt !== best && losses?.get(prompt.row) === highest);
  if (best) take(best, 'best');
  if (worst) take(worst, 'worst');
  const rest = pool.filter((prompt) => prompt !== best && prompt !== worst);
  for (const index of new Random(seed, pickStream).permutation(rest.length)) {
    const prompt = rest[index];
    if (prompt) take(prompt, 'random');
  }
  return chosen;
}

/** Brings the losses of followed rows up to date, *in place*, after an evaluation. */
export function updateLosses(samples: readonly FollowedSample[], losses: RowLosses): void {
  for (const sample of samples) if (sample.pick !== 'asked') sample.loss = losses.get(sample.prompt.row) ?? sample.loss;
}
