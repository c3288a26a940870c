import type { BackendName, ContenderName } from './contender';
import type { Arena } from './remotes';
import type { RaceResult, Racers } from './race';

/** What every suite that races tells of a case. */
export interface CaseResult extends RaceResult {
  suite: string;
  case: string;
  backend: BackendName;
  host: string;
  devices: Partial<Record<ContenderName, string>>;
  /** Ours, in `unit`. */
  speed: number;
  unit: string;
  /** Further figures, by name. */
  more: Record<string, number>;
}

/** The racers of an arena that take part in a suite, opened; their devices by name. */
export async function openRacers(
  arena: Arena,
  wanted: readonly ContenderName[],
): Promise<{ racers: Racers; devices: CaseResult['devices'] }> {
  const racers: Racers = {};
  const devices: CaseResult['devices'] = {};
  for (const name of wanted) {
    const racer = arena.racers[name];
    if (!racer) continue;
    const answer = await racer.ask({ order: 'open' });
    if (!answer.ok) throw new Error(`${name}: ${answer.message}`);
    racers[name] = racer;
    devices[name] = answer.device ?? '';
  }
  return { racers, devices };
}

/** One line for a person: the ratios first. */
export function caseLine({ suite, case: name, backend, ratios, sides, speed, unit, more }: CaseResult): string {
  const others = Object.entries(ratios).map(([other, ratio]) => `${ratio.toFixed(2)}× ${other}`);
  const figures = Object.entries(more).map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`);
  return [
    suite.padEnd(7),
    backend.padEnd(7),
    name.padEnd(38),
    `${others.join(', ')}`.padEnd(40),
    `${(sides.ours?.medianMs ?? NaN).toFixed(1)} ms`.padStart(12),
    `${speed.toFixed(1)} ${unit}`.padStart(18),
    figures.join(', '),
  ].join(' ');
}
