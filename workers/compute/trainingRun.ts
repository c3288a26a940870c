import type { LoopHooks } from '../../src/engine/train/loop';
import type { RunEvent, RunEventBody } from '../../src/protocol/run';
import type { RunControl } from '../../src/protocol/training';
import type { DeviceLock } from './deviceLock';
import { Batcher } from './throttle';

/** Events reach the page at most ten times a second. */
const eventsEveryMs = 100;
/** Checkpoints that nobody has fetched yet; older ones are dropped. */
const keptCheckpoints = 4;

type Fetch = { resolve: (bytes: Uint8Array) => void; reject: (error: unknown) => void };

/** The control side of one run: pause, resume, stop, checkpoints on demand, and events out. */
export class TrainingRun {
  #paused = false;
  #stopping = false;
  #wake: () => void = () => {};
  #changed = new Promise<void>((resolve) => (this.#wake = resolve));
  #wanted: Fetch[] = [];
  /** Saved because the recipe said so, oldest first: one for each checkpoint event. */
  #saved: Uint8Array[] = [];
  #newest: Uint8Array | null = null;
  #ended = false;
  #seq = 0;
  readonly #events: Batcher<RunEvent>;

  constructor(
    readonly runId: string,
    readonly lock: DeviceLock,
    onEvent: (events: RunEvent[]) => unknown,
  ) {
    this.#events = new Batcher(onEvent, eventsEveryMs);
  }

  control(order: RunControl): void {
    if (order === 'pause') this.#paused = true;
    else this.#paused = false;
    if (order === 'stop') this.#stopping = true;
    this.#signal();
  }

  /** The checkpoint of the oldest event not yet answered; else one of the next step boundary; after the end the newest. */
  checkpoint(): Promise<Uint8Array | null> {
    const saved = this.#saved.shift();
    if (saved) return Promise.resolve(saved);
    if (this.#ended) return Promise.resolve(this.#newest);
    return new Promise((resolve, reject) => {
      this.#wanted.push({ resolve, reject });
      this.#signal();
    });
  }

  emit(body: RunEventBody): void {
    this.#events.push({ ...body, runId: this.runId, seq: this.#seq++ });
  }

  /** Hands the last events over and answers who still waits for a checkpoint. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const { resolve } of this.#wanted.splice(0)) resolve(this.#newest ?? new Uint8Array());
    await this.#events.end();
  }

  readonly boundary: LoopHooks['boundary'] = async ({ checkpoint }) => {
    for (;;) {
      if (this.#wanted.length > 0) {
        try {
          const bytes = await checkpoint();
          this.#newest = bytes;
          for (const { resolve } of this.#wanted.splice(0)) resolve(bytes);
        } catch (error) {
          // One that can't be taken is the asker's trouble, not the run's.
          for (const { reject } of this.#wanted.splice(0)) reject(error);
        }
      }
      if (this.#stopping) return 'stop';
      // Chat, scoring and the like go first; while paused the device is theirs.
      await this.lock.pass(this.#paused ? this.#changed : undefined);
      if (!this.#paused && this.#wanted.length === 0) return this.#isStopping() ? 'stop' : 'continue';
    }
  };

  readonly saved: LoopHooks['saved'] = (bytes, step) => {
    this.#newest = bytes;
    this.#saved.push(bytes);
    if (this.#saved.length > keptCheckpoints) this.#saved.shift();
    return Promise.resolve(`checkpoints/step-${step}`);
  };

  /** The flag may have changed while the run waited, which the compiler does not see. */
  #isStopping(): boolean {
    return this.#stopping;
  }

  #signal(): void {
    this.#wake();
    this.#changed = new Promise((resolve) => (this.#wake = resolve));
  }
}
