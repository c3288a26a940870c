import { toErrorRecord } from '../../src/lib/errors';
import type { RunEventBody, RunRecord } from '../../src/protocol/run';
import type { FolderFile } from '../../src/protocol/training';
import type { KeptCheckpoint, KeptFolder } from './runKeeper';
import { Batcher } from './throttle';

/** Events reach the disk at least this often. */
const appendEveryMs = 1000;

export interface StorageHooks {
  /** Told once for each kind of trouble; the run goes on without what could not be kept. */
  warn(code: string, message: string): void;
  /** What the record says beside the checkpoints: steps, times, memory. */
  progress(): Partial<RunRecord>;
  /** A checkpoint is wholly on disk. */
  announce(step: number): void;
  /** It could not be kept: what there is of it is in memory. */
  remember(checkpoint: KeptCheckpoint): void;
}

/**
 * A run's side of the disk. Everything is written in the order in which it was given, beside the training; a checkpoint waits
 * only for the one before it. Trouble with storage never ends a run: it is told, and what follows is tried all the same.
 */
export class RunStorage {
  #folder: KeptFolder | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #checkpoint: Promise<unknown> = Promise.resolve();
  #unsaved: RunEventBody[] = [];
  #troubles = new Set<string>();
  readonly #events = new Batcher<RunEventBody>((events) => this.#append(events), appendEveryMs);

  constructor(
    /** As many checkpoints stay, the newest; null: all. */
    readonly limit: number | null,
    readonly hooks: StorageHooks,
  ) {}

  /** Null: nothing could be kept. */
  get folder(): KeptFolder | null {
    return this.#folder;
  }

  /** Opens or creates the run's folder; what is given before waits for it. */
  begin(open: () => Promise<KeptFolder>): void {
    void this.#enqueue(async () => {
      this.#folder = await open();
    });
  }

  /** Resolves when all that was given is written, or given up. */
  settled(): Promise<unknown> {
    return this.#tail;
  }

  push(event: RunEventBody): void {
    this.#events.push(event);
  }

  /** Returns when the one before is written: there is one write in flight. */
  async checkpoint(checkpoint: KeptCheckpoint): Promise<void> {
    await this.#checkpoint;
    this.#events.flush();
    const { step, bytes } = checkpoint;
    const progress = this.hooks.progress();
    this.#checkpoint = this.#enqueue(async () => {
      const folder = this.#folder;
      try {
        if (!folder) return this.hooks.remember(checkpoint);
        await folder.saveCheckpoint(step, bytes, this.limit);
      } catch (error) {
        this.hooks.remember(checkpoint);
        throw error;
      }
      this.hooks.announce(step);
      await folder.update(progress);
    });
  }

  /** Changes of the record, after all that was given before. */
  update(changes: Partial<RunRecord>): void {
    this.#events.flush();
    void this.#enqueue(async () => this.#folder?.update(changes));
  }

  saveAdapter(files: readonly FolderFile[]): void {
    void this.#enqueue(async () => this.#folder?.saveAdapter(files));
  }

  /** The newest whole checkpoint on disk; what is passed over is reported. */
  async newest(
    verify: (bytes: Uint8Array) => Promise<unknown>,
    report: (step: number, problem: string) => void,
  ): Promise<KeptCheckpoint | null> {
    this.#events.flush();
    await this.#tail;
    return (await this.#folder?.newestCheckpoint(verify, report)) ?? null;
  }

  /** Forgets, on disk, the metrics after `step` and the checkpoints after `checkpoint`. */
  rewind(step: number, checkpoint: number): void {
    this.#events.flush();
    void this.#enqueue(async () => {
      this.#unsaved = this.#unsaved.filter((event) => !('step' in event) || event.step <= step);
      await this.#folder?.rewind(step, checkpoint);
    });
  }

  async close(): Promise<void> {
    await this.#events.end();
    void this.#enqueue(async () => this.#folder?.close());
    await this.#tail;
  }

  #append(events: RunEventBody[]): Promise<unknown> {
    return this.#enqueue(async () => {
      const folder = this.#folder;
      if (!folder) return;
      this.#unsaved.push(...events);
      // What could not be written stays, for the next time.
      await folder.append(this.#unsaved);
      this.#unsaved = [];
    });
  }

  /** Runs when all before it is done; never rejects. */
  #enqueue(work: () => Promise<unknown> | undefined): Promise<unknown> {
    this.#tail = this.#tail.then(work).catch((error: unknown) => this.#report(error));
    return this.#tail;
  }

  #report(error: unknown): void {
    const { code, message } = toErrorRecord(error);
    const isOurs = code.startsWith('storage/') || code.startsWith('run/');
    const known = isOurs ? code : 'storage/unavailable';
    if (this.#troubles.has(known)) return;
    this.#troubles.add(known);
    this.hooks.warn(
      known,
      isOurs
        ? message
        : `storage: it must keep the run, got ${message}; what is not kept is lost when this page closes`,
    );
  }
}
