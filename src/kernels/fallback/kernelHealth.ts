import type { KernelReports } from '../runtime/kernelReports';

/** An operation whose plain version is used, and why. */
export interface Fallback {
  op: string;
  reason: string;
}

/** Which operations' own kernels do not work on this machine, for as long as the worker lives. */
export class KernelHealth implements KernelReports {
  readonly #failing = new Map<string, string>();
  readonly #suspects = new Set<string>();
  readonly #listeners = new Set<(fallback: Fallback) => void>();

  get suspects(): ReadonlySet<string> {
    return this.#suspects;
  }

  isFailing(op: string): boolean {
    return this.#failing.has(op);
  }

  failed(op: string, reason: string): void {
    if (this.#failing.has(op)) return;
    this.#failing.set(op, reason);
    this.#suspects.delete(op);
    for (const listener of this.#listeners) listener({ op, reason });
  }

  hung(ops: readonly string[]): void {
    const [only, ...others] = ops;
    if (only !== undefined && others.length === 0) this.failed(only, 'the device did not come back from it');
    else for (const op of ops) this.#suspects.add(op);
  }

  /** Tells of every operation that falls back, those of earlier too. @returns ends it */
  listen(listener: (fallback: Fallback) => void): () => void {
    this.#listeners.add(listener);
    for (const [op, reason] of this.#failing) listener({ op, reason });
    return () => void this.#listeners.delete(listener);
  }
}
