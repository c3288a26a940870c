import { TunesmithError } from '../../lib/errors';
import { deviceError, deviceLost, deviceOutOfMemory } from './deviceErrors';

/** Chrome rejects what was pending a moment before it says that the device is lost. */
const lossComesWithinMs = 300;
const filters: readonly GPUErrorFilter[] = ['validation', 'internal', 'out-of-memory'];
/** Of several errors the cause: what a full device breaks goes on to break what uses it. */
const causes = ['device/lost', 'device/out-of-memory', 'kernel/failed', 'device/error'];

const healths = new WeakMap<GPUDevice, WebgpuHealth>();

type Finding = Promise<TunesmithError | null>;

/**
 * What went wrong on a device, told where it matters. Error scopes are open at all times; reading results back closes them and
 * opens new ones, so that each result comes with the errors of the work before it. A lost device ends every wait: WebGPU itself
 * lets some promises hang.
 */
export class WebgpuHealth {
  #lost: TunesmithError | null = null;
  readonly #waiting = new Set<(error: TunesmithError) => void>();
  /** Of the work since the last look. */
  #findings: Finding[] = [];
  /** What looks that nobody has answered for yet have found. */
  #earlier: Finding = Promise.resolve(null);

  private constructor(readonly device: GPUDevice) {
    void device.lost.then(({ reason, message }) => {
      this.#lost = deviceLost(reason, message);
      for (const reject of this.#waiting) reject(this.#lost);
      this.#waiting.clear();
    });
    this.#open();
  }

  /** One for a device: scopes are a stack. */
  static of(device: GPUDevice): WebgpuHealth {
    const health = healths.get(device) ?? new WebgpuHealth(device);
    healths.set(device, health);
    return health;
  }

  /** `device/lost` once it is. */
  get lost(): TunesmithError | null {
    return this.#lost;
  }

  /** Throws `device/lost` once it is. */
  check(): void {
    if (this.#lost) throw this.#lost;
  }

  /** What the device promised, or `device/lost` as soon as that is known; any other failure is `device/error`. */
  orLost<T>(promise: Promise<T>): Promise<T> {
    return this.orCause(promise).catch((cause: unknown) => {
      throw cause instanceof TunesmithError
        ? cause
        : deviceError(cause instanceof Error ? cause.message : String(cause));
    });
  }

  /** As {@link orLost}, any other failure as it is. */
  orCause<T>(promise: Promise<T>): Promise<T> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      promise.then(
        (value) => {
          this.#waiting.delete(reject);
          resolve(value);
        },
        (cause: unknown) => {
          // Stays among the waiting: a loss that is told in time is the reason.
          setTimeout(() => {
            this.#waiting.delete(reject);
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handed on
            reject(cause);
          }, lossComesWithinMs);
        },
      );
    });
  }

  /** Runs `work`; `finding` says what to make of its first error of this kind. Does not see errors of work before it. */
  scoped<T>(filter: GPUErrorFilter, work: () => T, finding: (error: GPUError) => TunesmithError | null): T {
    this.device.pushErrorScope(filter);
    try {
      return work();
    } finally {
      this.#findings.push(this.#pop().then((error) => error && finding(error)));
    }
  }

  /** The worst that happened since the last look, or at one that was not answered for; null: nothing. */
  look(): Finding {
    const findings = [...this.#findings, ...this.#close()];
    this.#open();
    const now = Promise.all(findings).then(worst);
    const all = Promise.all([this.#earlier, now]).then(worst);
    this.#earlier = all;
    return all;
  }

  /** Somebody was told: what the same cause has broken since is not told again. All recorded work must be submitted. */
  answered(): void {
    this.#earlier = Promise.resolve(null);
    void Promise.allSettled([...this.#findings, ...this.#close()]);
    this.#open();
  }

  #open(): void {
    this.#findings = [];
    for (const filter of filters) this.device.pushErrorScope(filter);
  }

  #close(): Finding[] {
    return filters.map(() => this.#pop().then((error) => error && toError(error)));
  }

  async #pop(): Promise<GPUError | null> {
    // Fails on a lost device only, which is told elsewhere.
    return this.orLost(this.device.popErrorScope().catch(() => null)).catch(() => null);
  }
}

const worst = (found: readonly (TunesmithError | null)[]): TunesmithError | null =>
  found
    .filter((error) => error !== null)
    .sort((a, b) => causes.indexOf(a.code) - causes.indexOf(b.code))
    .at(0) ?? null;

const toError = (error: GPUError): TunesmithError =>
  error instanceof GPUOutOfMemoryError ? deviceOutOfMemory('WebGPU', 0, null) : deviceError(error.message);
