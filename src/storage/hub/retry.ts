/** Trying again what failed on the way: exponential backoff with jitter, and what the server asks for. */
import type { TunesmithError } from '../../lib/errors';
import { cancelled } from './locks';

/** Time and chance, so that tests need neither. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Throws `model/cancelled` when the signal ends it. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((done, fail) => {
      if (signal?.aborted) return fail(cancelled());
      const stop = (): void => {
        clearTimeout(timer);
        fail(cancelled());
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        done();
      }, ms);
      signal?.addEventListener('abort', stop, { once: true });
    }),
  random: () => Math.random(),
};

/** A failure that may pass by itself. Internal: callers get `error` when trying again did not help. */
export class Transient extends Error {
  constructor(
    readonly error: TunesmithError,
    /** What the server said to wait; null: it did not say. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(error.message);
  }
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;
/** A server that asks for more is taken at its word, by giving up. */
const longestWaitMs = 120_000;
/** Failures in a row, without a byte of progress between them, before giving up. */
export const mostAttempts = 6;

/** Counts failures in a row and waits between them. */
export class Patience {
  #failures = 0;

  constructor(
    private readonly clock: Clock,
    private readonly signal?: AbortSignal,
    private readonly attempts: number = mostAttempts,
  ) {}

  /** Something worked: the count begins anew. */
  progressed(): void {
    this.#failures = 0;
  }

  /**
   * Waits before the next attempt: 0.5 s, doubled each time up to 30 s, times a random half to one and a half; or what
   * the server asked for. Throws what failed when it was the last attempt, and anything that is not {@link Transient}.
   */
  async wait(failure: unknown): Promise<void> {
    if (!(failure instanceof Transient)) throw failure;
    this.#failures++;
    const { error, retryAfterMs } = failure;
    if (this.#failures >= this.attempts || (retryAfterMs ?? 0) > longestWaitMs) throw error;
    const backoff = Math.min(longestDelayMs, firstDelayMs * 2 ** (this.#failures - 1)) * (0.5 + this.clock.random());
    await this.clock.sleep(retryAfterMs ?? backoff, this.signal);
  }
}

/** Runs `work` until it succeeds or patience ends. */
export async function withPatience<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (failure) {
      await patience.wait(failure);
    }
  }
}

/**
 * What a reply asks to wait, in milliseconds: `Retry-After` (seconds or a date, RFC 9110) or the reset of `RateLimit`
 * (`"resolvers";r=0;t=55`, as huggingface.co sends it); null where it says nothing.
 */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const after = headers.get('retry-after');
  if (after !== null) {
    const ms = /^\d+$/.test(after.trim()) ? Number(after) * 1000 : Date.parse(after) - now;
    return Number.isFinite(ms) ? Math.max(0, ms) : null;
  }
  const reset = /;\s*r=0\b.*;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return reset === undefined ? null : Number(reset) * 1000;
}
