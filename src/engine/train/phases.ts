import type { RunEventBody, RunPhase } from '../../protocol/run';

/** A phase's progress is told at most this often; ten pictures a second read as moving. */
const everyMs = 100;

export type ReportPhase = (phase: RunPhase, done: number, total: number) => void;

/** Emits `phase` events: a phase's first and last at once, others at most every 100 ms. */
export function phaseReporter(emit: (event: RunEventBody) => void, now = () => performance.now()): ReportPhase {
  let current: RunPhase | null = null;
  let last = -Infinity;
  return (phase, done, total) => {
    const time = now();
    const ends = total > 0 && done === total;
    if (phase === current && !ends && time - last < everyMs) return;
    current = phase;
    last = time;
    emit({ event: 'phase', phase, done, total });
  };
}
