/** What every optimizer step measured, one column each; a step that is done anew takes the place of what came after it. */
import type { RunEvent } from '../protocol/run';
import { Column, countUpTo } from './chartColumn';

/** Steps over which speed and time left are averaged. */
const speedWindow = 20;

type StepEvent = Extract<RunEvent, { event: 'step' }>;

export class RunCurves {
  readonly #steps = new Column();
  readonly #losses = new Column();
  readonly #smoothed = new Column();
  readonly #learningRates = new Column();
  readonly #gradNorms = new Column();
  readonly #milliseconds = new Column();
  readonly #tokens = new Column();
  readonly #elapsed = new Column();
  readonly #stepSpeeds = new Column();
  readonly #speeds = new Column();
  readonly #averages = new Column();
  readonly #weights = new Column();
  readonly #epochs = new Column();

  /** @param smoothing share of the average that each step keeps, in [0, 1); bias-corrected as Adam's moments are. */
  constructor(readonly smoothing: number) {}

  get steps(): Float64Array {
    return this.#steps.values;
  }
  get losses(): Float64Array {
    return this.#losses.values;
  }
  get smoothed(): Float64Array {
    return this.#smoothed.values;
  }
  get learningRates(): Float64Array {
    return this.#learningRates.values;
  }
  /** Before clipping. */
  get gradNorms(): Float64Array {
    return this.#gradNorms.values;
  }
  get milliseconds(): Float64Array {
    return this.#milliseconds.values;
  }
  /** Of the step's rows, padding excluded as the trainer counts them. */
  get tokens(): Float64Array {
    return this.#tokens.values;
  }
  /** Milliseconds spent on steps up to and with each. */
  get elapsed(): Float64Array {
    return this.#elapsed.values;
  }
  /** Tokens per second of each step. */
  get stepSpeeds(): Float64Array {
    return this.#stepSpeeds.values;
  }
  /** Tokens per second over the last {@link speedWindow} steps. */
  get speeds(): Float64Array {
    return this.#speeds.values;
  }
  get epochs(): Float64Array {
    return this.#epochs.values;
  }

  protected addStep(event: StepEvent): void {
    const keep = this.smoothing;
    const average = keep * (this.#averages.values.at(-1) ?? 0) + (1 - keep) * event.loss;
    const weight = keep * (this.#weights.values.at(-1) ?? 0) + (1 - keep);
    this.#averages.push(average);
    this.#weights.push(weight);
    this.#steps.push(event.step);
    this.#epochs.push(event.epoch);
    this.#losses.push(event.loss);
    this.#smoothed.push(average / weight);
    this.#learningRates.push(event.learning_rate);
    this.#gradNorms.push(event.grad_norm);
    this.#milliseconds.push(event.ms);
    this.#tokens.push(event.tokens);
    this.#elapsed.push((this.#elapsed.values.at(-1) ?? 0) + event.ms);
    this.#stepSpeeds.push(event.ms > 0 ? (event.tokens / event.ms) * 1000 : 0);
    const ms = sum(this.milliseconds.subarray(-speedWindow));
    this.#speeds.push(ms > 0 ? (sum(this.tokens.subarray(-speedWindow)) / ms) * 1000 : 0);
  }

  /** Forgets the steps after `step`. */
  protected cutSteps(step: number): void {
    const kept = countUpTo(this.steps, step);
    for (const column of [
      this.#steps,
      this.#epochs,
      this.#losses,
      this.#smoothed,
      this.#learningRates,
      this.#gradNorms,
      this.#milliseconds,
      this.#tokens,
      this.#elapsed,
      this.#stepSpeeds,
      this.#speeds,
      this.#averages,
      this.#weights,
    ])
      column.cut(kept);
  }

  /** Milliseconds a step over the last ones; null before the first. */
  get stepMs(): number | null {
    const recent = this.milliseconds.subarray(-speedWindow);
    return recent.length === 0 ? null : sum(recent) / recent.length;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
