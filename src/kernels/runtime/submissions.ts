import type { KernelReports } from './kernelReports';

/** How often it is looked whether a device gets on. */
const lookEveryMs = 5000;
/** Looks without any progress after which a device hangs: command buffers are bounded to 50 ms (workPerSlice), most take less. */
const patience = 24;
/** A driver that resets a device on its own does so after some seconds in one command buffer. */
const slowMs = 1500;

/**
 * Command buffers that the device has not finished, in order: to tell a device that hangs from one that is busy, and which
 * operations it hangs in. Counted in looks, not by the clock, which goes on while the machine sleeps.
 */
export class Submissions {
  readonly #pending: ReadonlySet<string>[] = [];
  #ops = new Set<string>();
  #looks = 0;
  #progressAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ended = false;

  constructor(
    readonly device: GPUDevice,
    readonly reports: KernelReports,
    readonly every = lookEveryMs,
  ) {
    void device.lost.then(({ reason }) => this.#lost(reason));
  }

  /** An operation was recorded. */
  recorded(op: string): void {
    this.#ops.add(op);
  }

  /** What was recorded was submitted. */
  submitted(): void {
    if (this.#ended) return;
    if (this.#pending.length === 0) this.#progress();
    this.#pending.push(this.#ops);
    this.#ops = new Set();
    this.device.queue.onSubmittedWorkDone().then(
      () => {
        this.#pending.shift();
        this.#progress();
      },
      () => undefined,
    );
    this.#timer ??= setTimeout(() => this.#look(), this.every);
  }

  #progress(): void {
    this.#looks = 0;
    this.#progressAt = performance.now();
  }

  #look(): void {
    this.#timer = null;
    if (this.#ended || this.#pending.length === 0) return;
    if (++this.#looks < patience) {
      this.#timer = setTimeout(() => this.#look(), this.every);
      return;
    }
    this.#blame();
    // Ends every wait with `device/lost`: the way on is a new device.
    this.device.destroy();
  }

  #lost(reason: GPUDeviceLostReason): void {
    if (this.#ended) return;
    // One that was closed stood still because of that.
    const isReset = reason !== 'destroyed' && this.#pending.length > 0;
    if (isReset && performance.now() - this.#progressAt > slowMs) this.#blame();
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #blame(): void {
    this.#ended = true;
    this.reports.hung([...(this.#pending[0] ?? [])]);
  }
}
