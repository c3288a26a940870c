import { TunesmithError } from '../../src/lib/errors';

export const isDeviceLost = (error: unknown): error is TunesmithError =>
  error instanceof TunesmithError && error.code === 'device/lost';

const mostLosses = 3;
const withinSteps = 5;

/** A device that is lost again and again at the same place will be lost there once more. */
export class Losses {
  #since = -Infinity;
  #count = 0;

  /** Whether it is worth going on; `step`: how far the run was. */
  allows(step: number): boolean {
    if (step - this.#since > withinSteps) {
      this.#since = step;
      this.#count = 0;
    }
    this.#count++;
    return this.#count <= mostLosses;
  }

  /** What is told when it is not. */
  static tooMany(lost: TunesmithError, step: number): TunesmithError {
    return new TunesmithError(
      'device/lost',
      `step ${step}: the device may be lost at most ${mostLosses} times within ${withinSteps} steps (${lost.message}); close other pages and programs that use it and continue the run, or choose the wasm backend`,
      { cause: lost, data: { step } },
    );
  }
}
