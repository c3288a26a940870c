import type { Answer, ContenderName, Order, Work } from './contender';
import type { Remote } from './remotes';
import { median } from './statistics';

export interface Side {
  medianMs: number;
  allMs: number[];
  /** Medians of what the contender itself told, by name. */
  figures: Record<string, number>;
}

export interface RaceResult {
  /** Median of each other contender over median of ours: above 1, ours is faster. */
  ratios: Partial<Record<ContenderName, number>>;
  sides: Partial<Record<ContenderName, Side>>;
  rounds: number;
  /** What all computed the first time; they agreed. */
  agreed: number;
}

export type Racers = Partial<Record<ContenderName, Remote>>;

/**
 * All contenders do the same work in turns, the order turned round every round; the first time (compiling, first touch) is not
 * counted. @throws when their results differ: then one of them computes something else, and times mean nothing.
 */
export async function race(racers: Racers, work: Work, rounds: number, tolerance: number): Promise<RaceResult> {
  const names = (Object.keys(racers) as ContenderName[]).filter((name) => racers[name]);
  const answers = new Map<ContenderName, Extract<Answer, { ok: true }>[]>(names.map((name) => [name, []]));
  const ask = async (name: ContenderName, order: Order) => demand(name, racers[name], order);
  for (const name of names) await ask(name, { order: 'prepare', work });
  let agreed = NaN;
  for (let round = 0; round <= rounds; round++) {
    const results = new Map<ContenderName, number>();
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const answer = await ask(name, { order: 'once' });
      results.set(name, answer.result ?? NaN);
      if (round > 0) answers.get(name)?.push(answer);
    }
    const first = results.get(names[0] ?? 'ours') ?? NaN;
    for (const [name, result] of results) {
      const difference = Math.abs(result - first) / Math.abs(first);
      // Training amplifies rounding from step to step: only the first few are bound to the tolerance as it stands.
      if (!(difference <= tolerance * 2 ** round))
        throw new Error(
          `round ${round}: all must compute the same, got ${first} (${names[0] ?? ''}) and ${result} (${name})`,
        );
    }
    if (round === 0) agreed = first;
    report(round, answers);
  }
  const sides: RaceResult['sides'] = {};
  for (const [name, all] of answers) sides[name] = sideOf(all);
  const ours = sides.ours?.medianMs ?? NaN;
  const ratios: RaceResult['ratios'] = {};
  for (const name of names) if (name !== 'ours') ratios[name] = (sides[name]?.medianMs ?? NaN) / ours;
  return { ratios, sides, rounds, agreed };
}

function sideOf(answers: readonly Extract<Answer, { ok: true }>[]): Side {
  const allMs = answers.map(({ ms = NaN }) => ms);
  const figures: Record<string, number> = {};
  for (const name of Object.keys(answers[0]?.figures ?? {}))
    figures[name] = median(answers.map((answer) => answer.figures?.[name] ?? NaN));
  return { medianMs: median(allMs), allMs, figures };
}

/** A sign of life: in software a step takes a minute. */
function report(round: number, answers: ReadonlyMap<ContenderName, readonly { ms?: number }[]>): void {
  const times = [...answers].map(([name, all]) => `${name} ${(all.at(-1)?.ms ?? NaN).toFixed(0)} ms`);
  process.stderr.write(`  ${round === 0 ? 'warmed up' : `round ${round}: ${times.join(', ')}`}\n`);
}

async function demand(name: ContenderName, remote: Remote | undefined, order: Order) {
  if (!remote) throw new Error(`${name}: takes no part`);
  const answer = await remote.ask(order);
  if (!answer.ok) throw new Error(`${name}: ${answer.message}`);
  return answer;
}
