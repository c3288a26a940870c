/** What a run is doing now, as a sentence: how far, how fast, how long still. Pure. */
import { bytes, count, duration } from './format';
import type { PhaseNow } from './runClock';
import type { RunPhase } from '../protocol/run';

/** The phase's name, and what it counts. A total of one is no progress to show. */
const facts: Record<RunPhase, { says: string; unit: string }> = {
  load: { says: 'Loading the model', unit: 'bytes' },
  compile: { says: 'Compiling', unit: 'shaders' },
  train: { says: 'Training', unit: 'steps' },
  evaluate: { says: 'Evaluating', unit: 'rows' },
  sample: { says: 'Answering samples', unit: 'answers' },
  save: { says: 'Saving a checkpoint', unit: 'parts' },
  restore: { says: 'Restoring the last checkpoint', unit: 'parts' },
};

/** The phase's name alone, to stand in a sentence. */
export const phaseName = (phase: RunPhase): string => facts[phase].says.toLowerCase();

/** A rate: two figures below ten. */
const rate = (value: number): string => (value < 10 ? value.toPrecision(2) : count(value));

/** "Evaluating: 30 of 56 rows, 45 a second, 1 s left". */
export function phaseText({ phase, done, total, perSecond, secondsLeft }: PhaseNow): string {
  const { says, unit } = facts[phase];
  if (total <= 1) return says;
  if (unit === 'bytes') {
    const far = `${says}: ${bytes(done)} of ${bytes(total)}`;
    return secondsLeft === null || perSecond === null
      ? far
      : `${far}, ${bytes(perSecond)}/s, ${duration(secondsLeft)} left`;
  }
  const far = `${says}: ${count(done)} of ${count(total)} ${unit}`;
  // While it trains, the run's own figures say how long still.
  if (secondsLeft === null || perSecond === null || phase === 'train') return far;
  return `${far}, ${rate(perSecond)} a second, ${duration(secondsLeft)} left`;
}
