import type { LoopHooks } from '../../src/engine/train/loop';
import type { RunEvent, RunEventBody } from '../../src/protocol/run';
import type { RunControl } from '../../src/protocol/training';
import type { DeviceLock } from './deviceLock';
import { heldDocument } from './heldDocument';
import type { KeptCheckpoint } from './runKeeper';
import { Batcher } from './throttle';

/** Events reach the page at most ten times a second. */
const eventsEveryMs = 100;
/** Events of before, sent in one message: a page takes so many in a few milliseconds. */
const replayedAtOnce = 2000;
/** Checkpoints that nobody has fetched yet; older ones are dropped. */
const keptCheckpoints = 4;

type Fetch = { resolve: (bytes: Uint8Array) => void; reject: (error: unknown) => void };

/** The control side of one run: pause, resume, stop, discard, checkpoints on demand, and events out. */
export class TrainingRun {
  #paused = false;
  #stopping = false;
  #discarding = false;
  #wake: () => void = () => {};
  #changed = new Promise<void>((resolve) => (this.#wake = resolve));
  #wanted: Fetch[] = [];
  /** Saved because the recipe said so, oldest first: one for each checkpoint event. */
  #saved: Uint8Array[] = [];
  #newest: KeptCheckpoint | null = null;
  #ended = false;
  #seq = 0;
  #begun = 0;
  #awayMs = 0;
  readonly #warned = new Set<string>();
  readonly #events: Batcher<RunEvent>;

  constructor(
    readonly runId: string,
    readonly lock: DeviceLock,
    readonly onEvent: (events: RunEvent[]) => unknown,
  ) {
    this.#events = new Batcher(onEvent, eventsEveryMs);
  }

  get discarding(): boolean {
    return this.#discarding;
  }

  /** The newest checkpoint in memory. */
  get newest(): KeptCheckpoint | null {
    return this.#newest;
  }

  /** Milliseconds since {@link begin}, without pauses and without the time in which chat had the device. */
  get trainingMs(): number {
    return this.#begun === 0 ? 0 : performance.now() - this.#begun - this.#awayMs;
  }

  begin(): void {
    this.#begun = performance.now();
  }

  control(order: RunControl): void {
    this.#paused = order === 'pause';
    if (order === 'stop' || order === 'discard') this.#stopping = true;
    if (order === 'discard') this.#discarding = true;
    this.#signal();
  }

  /** The checkpoint of the oldest event not yet answered; else one of the next step boundary; after the end the newest. */
  checkpoint(): Promise<Uint8Array | null> {
    const saved = this.#saved.shift();
    if (saved) return Promise.resolve(saved);
    if (this.#ended) return Promise.resolve(this.#newest?.bytes ?? null);
    return new Promise((resolve, reject) => {
      this.#wanted.push({ resolve, reject });
      this.#signal();
    });
  }

  /** False: the same warning was there already, and is not repeated. */
  emit(body: RunEventBody): boolean {
    if (body.event === 'warning' && !this.#isNews(body)) return false;
    this.#events.push(this.#numbered(body));
    return true;
  }

  /** Events that a run had before it was interrupted, as new ones. */
  async replay(events: readonly RunEventBody[]): Promise<void> {
    for (const event of events) if (event.event === 'warning') this.#isNews(event);
    this.#events.flush();
    for (let at = 0; at < events.length; at += replayedAtOnce)
      await this.onEvent(events.slice(at, at + replayedAtOnce).map((event) => this.#numbered(event)));
  }

  /** Hands the last events over and answers who still waits for a checkpoint. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const { resolve } of this.#wanted.splice(0)) resolve(this.#newest?.bytes ?? new Uint8Array());
    await this.#events.end();
  }

  readonly boundary: LoopHooks['boundary'] = async ({ step, checkpoint }) => {
    for (;;) {
      if (this.#wanted.length > 0) {
        try {
          const bytes = await heldDocument(checkpoint());
          this.#newest = { step, bytes };
          for (const { resolve } of this.#wanted.splice(0)) resolve(bytes);
        } catch (error) {
          // One that can't be taken is the asker's trouble, not the run's.
          for (const { reject } of this.#wanted.splice(0)) reject(error);
        }
      }
      if (this.#stopping) return 'stop';
      // Chat, scoring and the like go first; while paused the device is theirs.
      const left = performance.now();
      await this.lock.pass(this.#paused ? this.#changed : undefined);
      this.#awayMs += performance.now() - left;
      if (!this.#paused && this.#wanted.length === 0) return this.#isStopping() ? 'stop' : 'continue';
    }
  };

  /** Keeps a checkpoint in memory for who asks after its event. */
  saved(checkpoint: KeptCheckpoint): void {
    this.remember(checkpoint);
    this.#saved.push(checkpoint.bytes);
    if (this.#saved.length > keptCheckpoints) this.#saved.shift();
  }

  remember(checkpoint: KeptCheckpoint): void {
    this.#newest = checkpoint;
  }

  #isNews({ code, message }: Extract<RunEventBody, { event: 'warning' }>): boolean {
    const text = `${code}: ${message}`;
    if (this.#warned.has(text)) return false;
    this.#warned.add(text);
    return true;
  }

  #numbered(body: RunEventBody): RunEvent {
    return { ...body, runId: this.runId, seq: this.#seq++ };
  }

  /** The flag may have changed while the run waited, which the compiler does not see. */
  #isStopping(): boolean {
    return this.#stopping;
  }

  #signal(): void {
    this.#wake();
    this.#changed = new Promise((resolve) => (this.#wake = resolve));
  }
}
