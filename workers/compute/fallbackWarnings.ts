import type { Engine } from '../../src/engine/device/openEngine';
import type { RunEventBody } from '../../src/protocol/run';

/** Says in a run which operations stock ops do in place of our own kernels, which do not work on this device: each once. */
export class FallbackWarnings {
  #end: (() => void) | null = null;

  constructor(readonly publish: (event: RunEventBody) => void) {}

  /** From the run's start event on, over lost devices; those that were known before are said at once. */
  begin({ trouble }: Engine): void {
    this.#end ??=
      trouble?.fallbacks(({ op, reason }) =>
        this.publish({
          event: 'warning',
          code: 'kernel/fallback',
          message: `${op}: its own kernel does not work on this device (${reason}), so stock operations are used for it; the results are the same to rounding, and steps take longer`,
        }),
      ) ?? null;
  }

  end(): void {
    this.#end?.();
    this.#end = null;
  }
}
