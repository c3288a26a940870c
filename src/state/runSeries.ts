/**
 * A run's curves, appended in place: thousands of points must not become thousands of React states. Readers look at
 * `version` and draw when it has changed.
 */
import type { RunEvent } from '../protocol/run';
import type { Recipe } from '../recipe/schema';
import { Column, countUpTo } from './chartColumn';
import { RunClock, type PhaseNow } from './runClock';
import { RunCurves } from './runCurves';
import { answersUpTo, withAnswer, type SampleAnswers } from './runSamples';
import { occasionsLeft, secondsLeft } from './timeLeft';

export interface EvalPoint {
  step: number;
  loss: number;
  perplexity: number;
  tokenAccuracy: number;
}

export interface RunWarning {
  code: string;
  message: string;
}

/** A line of the run's log. */
export interface RunNote {
  kind: 'warning' | 'checkpoint' | 'rewind';
  step: number;
  /** Seconds of training done by then, pauses and evaluations excluded. */
  seconds: number;
  text: string;
}

type Memory = Extract<RunEvent, { event: 'memory' }>;

let made = 0;

export class RunSeries extends RunCurves {
  /** Tells series apart: a chart is made for one. */
  readonly id = ++made;
  version = 0;
  totalSteps = 0;
  rows = 0;
  trainableParameters = 0;
  /** What the run was started with, where the page knows it: time left, the clip line and words about health need it. */
  recipe: Recipe | null = null;
  /** Bytes that were forecast before the run. */
  forecastBytes: number | null = null;
  evals: EvalPoint[] = [];
  samples: readonly SampleAnswers[] = [];
  readonly warnings: RunWarning[] = [];
  readonly notes: RunNote[] = [];
  readonly #memorySteps = new Column();
  readonly #memoryBytes = new Column();
  readonly #memoryPeaks = new Column();
  #memory: Memory | null = null;
  readonly #clock = new RunClock();
  #lastSeq = -1;

  /** @param smoothing share of the average that each step keeps, in [0, 1); bias-corrected as Adam's moments are. */
  constructor(smoothing = 0.75) {
    super(smoothing);
  }

  /** Takes an event; events that were seen before are ignored (seq must grow). @param now the page's clock, ms. */
  add(event: RunEvent, now = performance.now()): void {
    if (event.seq <= this.#lastSeq) return;
    this.#lastSeq = event.seq;
    this.version += 1;
    switch (event.event) {
      case 'start':
        this.totalSteps = event.steps;
        this.rows = event.rows;
        this.trainableParameters = event.trainable_parameters;
        return;
      case 'step':
        this.addStep(event);
        this.#clock.training(now);
        return;
      case 'eval':
        this.evals.push({
          step: event.step,
          loss: event.loss,
          perplexity: event.perplexity,
          tokenAccuracy: event.token_accuracy,
        });
        return;
      case 'sample':
        this.samples = withAnswer(this.samples, event);
        return;
      case 'warning':
        this.warnings.push({ code: event.code, message: event.message });
        this.#note('warning', this.step, event.message);
        return;
      case 'checkpoint':
        this.#note('checkpoint', event.step, 'Checkpoint saved');
        return;
      case 'phase':
        this.#clock.take(event.phase, event.done, event.total, now);
        return;
      case 'memory':
        this.#memory = event;
        this.#memorySteps.push(event.step);
        this.#memoryBytes.push(event.deviceBytes);
        this.#memoryPeaks.push(event.peakDeviceBytes);
        return;
      case 'rewind':
        this.#rewind(event.step);
        return;
      case 'end':
    }
  }

  #rewind(step: number): void {
    const back = step < 0 ? 'Back to the beginning: all of it' : `Back to step ${step}: what came after it`;
    if (Math.max(0, step) < this.step) this.#note('rewind', Math.max(0, step), `${back} is done anew`);
    this.cutSteps(step);
    this.evals = this.evals.filter((point) => point.step <= step);
    this.samples = answersUpTo(this.samples, step);
    const kept = countUpTo(this.memorySteps, step);
    this.#memorySteps.cut(kept);
    this.#memoryBytes.cut(kept);
    this.#memoryPeaks.cut(kept);
  }

  #note(kind: RunNote['kind'], step: number, text: string): void {
    this.notes.push({ kind, step, seconds: (this.elapsed.at(-1) ?? 0) / 1000, text });
  }

  get step(): number {
    return this.steps.at(-1) ?? 0;
  }

  get epoch(): number {
    return this.epochs.at(-1) ?? 0;
  }

  /** Tokens per second over the last steps, 0 before the first. */
  get tokensPerSecond(): number {
    return this.speeds.at(-1) ?? 0;
  }

  /** The evaluation with the lowest loss; that before the first step is what it is compared with, not a candidate. */
  get best(): EvalPoint | null {
    let best: EvalPoint | null = null;
    for (const point of this.evals) if (point.step > 0 && (!best || point.loss < best.loss)) best = point;
    return best;
  }

  /** What is going on now, where the run has said so. */
  get phase(): PhaseNow | null {
    return this.#clock.now;
  }

  /** Steps at which memory was measured, ascending, and the bytes held then. */
  get memorySteps(): Float64Array {
    return this.#memorySteps.values;
  }
  get memoryBytes(): Float64Array {
    return this.#memoryBytes.values;
  }
  /** The most that was held up to each. */
  get memoryPeaks(): Float64Array {
    return this.#memoryPeaks.values;
  }
  /** The last measurement: what is held, the most so far, what was taken from the system. */
  get memory(): { deviceBytes: number; peakDeviceBytes: number; reservedBytes: number } | null {
    return this.#memory;
  }

  /**
   * Seconds to the last step at the present speed, evaluations, samples and checkpoints as long as they took so far; null before
   * the first step.
   */
  get secondsLeft(): number | null {
    const { stepMs, step, totalSteps, epoch } = this;
    if (stepMs === null || totalSteps === 0) return null;
    const none = { evaluate: 0, sample: 0, save: 0 };
    const occasions = this.recipe
      ? occasionsLeft(this.recipe.training, step, totalSteps, epoch > 0 ? Math.round(step / epoch) : null)
      : none;
    const clock = this.#clock;
    return secondsLeft(Math.max(0, totalSteps - step), occasions, {
      step: stepMs,
      evaluate: clock.mean('evaluate'),
      sample: clock.mean('sample'),
      save: clock.mean('save'),
    });
  }
}
