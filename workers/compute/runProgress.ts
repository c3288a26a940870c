import type { RunEventBody, RunRecord } from '../../src/protocol/run';
import type { TrainEventBody } from '../../src/protocol/training';

/** How far a run is, by its own events. */
export class RunProgress {
  step = 0;
  /** The evaluation before the first step is no candidate. */
  best: { step: number; loss: number } | null = null;
  /** Something was learned that is worth keeping. */
  learned = false;
  /** A step may have changed what is trained, since the model was loaded. */
  begun = false;
  /** It got as far as its first boundary. */
  ran = false;
  /** Its start was told. */
  started = false;
  /** Told when all is kept. */
  end: Extract<TrainEventBody, { event: 'end' }> | null = null;

  constructor(
    /** Of the run before it was interrupted. */
    readonly before: Pick<RunRecord, 'trainingMs' | 'peakBytes'> = { trainingMs: 0, peakBytes: null },
  ) {}

  take(event: RunEventBody): void {
    if (event.event === 'step') {
      this.step = event.step;
      this.learned = true;
    } else if (event.event === 'eval' && event.step > 0 && (!this.best || event.loss < this.best.loss))
      this.best = { step: event.step, loss: event.loss };
  }

  /** At a boundary, everything up to `step` is in what is trained. */
  reached(step: number): void {
    this.step = step;
    this.begun = this.ran = true;
    if (step > 0) this.learned = true;
  }

  /** Goes on from `step`, with what was before it. */
  rewind(step: number): void {
    this.step = Math.max(step, 0);
    this.learned = this.begun = step > 0;
    this.end = null;
    if (this.best && this.best.step > step) this.best = null;
  }

  /** As the run's record says it. */
  facts(trainingMs: number, peakBytes: number): Partial<RunRecord> {
    return {
      steps: this.step,
      bestStep: this.best?.step ?? null,
      trainingMs: this.before.trainingMs + trainingMs,
      peakBytes: Math.max(this.before.peakBytes ?? 0, peakBytes),
    };
  }
}
