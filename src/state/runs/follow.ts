/** A run's events on their way into the page: into the curves at once, onto the screen at most five times a second. */
import type { RunEvent, RunEventBody, RunPhase, RunRecord } from '../../protocol/run';
import { phaseName } from '../phaseText';
import { RunSeries } from '../runSeries';

/** Between the order and the first thing that the run says of itself: what is trained is made, storage takes the rows. */
export const settingUp = 'setting up the run';

/** Points are drawn at most this often: five pictures a second read as live, and leave the cores to the run. */
const publishEveryMs = 200;

/** The phase after an event: steps, evaluations and samples say it too; null until one has. */
function phaseAfter(event: RunEventBody, before: RunPhase | null): RunPhase | null {
  switch (event.event) {
    case 'phase':
      return event.phase;
    case 'step':
    case 'eval':
      return 'train';
    case 'sample':
      return 'sample';
    default:
      return before;
  }
}

/** Curves of a run that storage keeps, or that continues from there. */
export function keptSeries({ recipe, forecastBytes, totalSteps }: RunRecord): RunSeries {
  const series = new RunSeries();
  series.recipe = recipe;
  series.forecastBytes = forecastBytes;
  series.totalSteps = totalSteps;
  return series;
}

/** Events that are drawn at a time: some milliseconds, so that the page never hangs. */
const sliceOf = 2000;

/** Adds kept events to the curves of a run that is not going on. */
export async function drawKept(series: RunSeries, runId: string, events: readonly RunEventBody[]): Promise<void> {
  for (const [seq, event] of events.entries()) {
    if (seq > 0 && seq % sliceOf === 0) await new Promise((resolve) => setTimeout(resolve));
    // Long gone: what was measured is in the events, and no clock runs.
    series.add({ ...event, runId, seq }, 0);
  }
}

interface Screen {
  /** Something is new. */
  show(phase: string): void;
  /** Every event, at once. */
  took(event: RunEvent): void;
}

/** The receiver of one run's events. */
export class RunFollower {
  #phase: RunPhase | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly runId: string,
    readonly series: RunSeries,
    readonly screen: Screen,
  ) {}

  readonly take = (events: readonly RunEvent[]): void => {
    for (const event of events) {
      if (event.runId !== this.runId) continue;
      this.series.add(event);
      this.#phase = phaseAfter(event, this.#phase);
      this.screen.took(event);
    }
    this.#timer ??= setTimeout(() => this.flush(), publishEveryMs);
  };

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.screen.show(this.#phase === null ? settingUp : phaseName(this.#phase));
  }
}
