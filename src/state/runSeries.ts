/**
 * A run's curves, appended in place: thousands of points must not become thousands of React states. Readers look at
 * `version` and draw when it has changed.
 */
import type { RunEvent } from '../protocol/run';

export interface EvalPoint {
  step: number;
  loss: number;
  perplexity: number;
  tokenAccuracy: number;
}

export interface SampleAnswers {
  row: number;
  prompt: string;
  expected: string;
  answers: { step: number; text: string }[];
}

export interface RunWarning {
  code: string;
  message: string;
}

/** Steps over which speed and time left are averaged. */
const speedWindow = 20;

export class RunSeries {
  version = 0;
  totalSteps = 0;
  rows = 0;
  trainableParameters = 0;
  epoch = 0;
  readonly steps: number[] = [];
  readonly losses: number[] = [];
  readonly smoothed: number[] = [];
  readonly learningRates: number[] = [];
  readonly gradNorms: number[] = [];
  readonly milliseconds: number[] = [];
  readonly tokens: number[] = [];
  readonly evals: EvalPoint[] = [];
  readonly samples: SampleAnswers[] = [];
  readonly warnings: RunWarning[] = [];
  #average = 0;
  #weight = 0;
  #lastSeq = -1;

  /** @param smoothing share of the average that each step keeps, in [0, 1); bias-corrected as Adam's moments are. */
  constructor(readonly smoothing = 0.75) {}

  /** Takes an event; events that were seen before are ignored (seq must grow). */
  add(event: RunEvent): void {
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
        this.#average = this.smoothing * this.#average + (1 - this.smoothing) * event.loss;
        this.#weight = this.smoothing * this.#weight + (1 - this.smoothing);
        this.epoch = event.epoch;
        this.steps.push(event.step);
        this.losses.push(event.loss);
        this.smoothed.push(this.#average / this.#weight);
        this.learningRates.push(event.learning_rate);
        this.gradNorms.push(event.grad_norm);
        this.milliseconds.push(event.ms);
        this.tokens.push(event.tokens);
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
        this.#addSample(event.row, event.prompt, event.expected, event.step, event.generated);
        return;
      case 'warning':
        this.warnings.push({ code: event.code, message: event.message });
        return;
      case 'checkpoint':
      case 'end':
    }
  }

  #addSample(row: number, prompt: string, expected: string, step: number, text: string): void {
    const index = this.samples.findIndex((sample) => sample.row === row && sample.prompt === prompt);
    const known = this.samples[index];
    // A fresh object per change, so that a memoised view of one sample knows when to draw.
    if (known) this.samples[index] = { ...known, answers: [...known.answers, { step, text }] };
    else this.samples.push({ row, prompt, expected, answers: [{ step, text }] });
  }

  get step(): number {
    return this.steps.at(-1) ?? 0;
  }

  /** Tokens per second over the last steps, 0 before the first. */
  get tokensPerSecond(): number {
    const ms = sum(this.milliseconds.slice(-speedWindow));
    return ms > 0 ? (sum(this.tokens.slice(-speedWindow)) / ms) * 1000 : 0;
  }

  /** Seconds to the last step at the present speed, or null before the first step. */
  get secondsLeft(): number | null {
    const recent = this.milliseconds.slice(-speedWindow);
    if (recent.length === 0 || this.totalSteps === 0) return null;
    return ((sum(recent) / recent.length) * Math.max(0, this.totalSteps - this.step)) / 1000;
  }
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
