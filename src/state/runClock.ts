/** How long a run's phases take, by the page's clock: what is going on now, its rate and its end. */
import type { RunPhase } from '../protocol/run';

export interface PhaseNow {
  phase: RunPhase;
  /** Of what the phase counts (rows, tokens, bytes); total 0: unknown. */
  done: number;
  total: number;
  /** What it does a second, since it began; null until it has done something. */
  perSecond: number | null;
  secondsLeft: number | null;
}

/** Occasions of a phase over which its length is averaged: the model answers at other lengths as it learns. */
const lastOccasions = 4;

export class RunClock {
  #phase: { phase: RunPhase; since: number; done: number; total: number; firstDone: number; at: number } | null = null;
  readonly #lengths = new Map<RunPhase, number[]>();

  /** A phase has begun or got on. @param now milliseconds of a clock that never goes back. */
  take(phase: RunPhase, done: number, total: number, now: number): void {
    const current = this.#phase;
    if (current?.phase === phase && done >= current.done) {
      this.#phase = { ...current, done, total, at: now };
      return;
    }
    this.#finish(now);
    this.#phase = { phase, since: now, done, total, firstDone: done, at: now };
  }

  /** A step was made: whatever else there was is over. */
  training(now: number): void {
    if (this.#phase && this.#phase.phase !== 'train') this.#finish(now);
  }

  #finish(now: number): void {
    if (!this.#phase) return;
    const { phase, since } = this.#phase;
    this.#phase = null;
    // Kept events are drawn without a clock: nothing was measured.
    if (now === since) return;
    const lengths = this.#lengths.get(phase) ?? [];
    this.#lengths.set(phase, [...lengths, now - since].slice(-lastOccasions));
  }

  /** Milliseconds that an occasion of the phase takes, as measured; null before one has ended. */
  mean(phase: RunPhase): number | null {
    const lengths = this.#lengths.get(phase) ?? [];
    return lengths.length === 0 ? null : lengths.reduce((total, ms) => total + ms, 0) / lengths.length;
  }

  get now(): PhaseNow | null {
    if (!this.#phase) return null;
    const { phase, since, at, done, total, firstDone } = this.#phase;
    const seconds = (at - since) / 1000;
    const perSecond = done > firstDone && seconds > 0 ? (done - firstDone) / seconds : null;
    return { phase, done, total, perSecond, secondsLeft: perSecond && total > 0 ? (total - done) / perSecond : null };
  }
}
