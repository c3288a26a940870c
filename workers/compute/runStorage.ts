import { openCheckpoint } from '../../src/engine/checkpoint/open';
import { toErrorRecord } from '../../src/lib/errors';
import { pieced, type PiecedBytes } from '../../src/lib/pieced';
import type { RunEventBody, RunRecord } from '../../src/protocol/run';
import type { FolderFile } from '../../src/protocol/training';
import { heldDocument } from './heldDocument';
import type { KeptCheckpoint, KeptFolder, OpenedCheckpoint } from './runKeeper';
import { Batcher } from './throttle';

/** Events reach the disk at least this often. */
const appendEveryMs = 1000;
/** A checkpoint of more bytes is not held in memory. */
const besideBytes = 2 ** 28;

/** What a run leaves. */
type Result = 'adapter' | 'model';

export interface StorageHooks {
  /** Told once for each kind of trouble, and for the result once more; the run goes on without what could not be kept. */
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

  /**
   * Returns when its numbers are read: of a small one a copy is written beside the training, when the one before is written; for
   * a large one the training waits until it is on disk. Throws what reading the numbers throws.
   */
  async checkpoint(step: number, document: PiecedBytes): Promise<void> {
    await this.#checkpoint;
    this.#events.flush();
    const progress = this.hooks.progress();
    const isLarge = this.#folder !== null && document.sizeBytes > besideBytes;
    if (isLarge) return this.#whileWaiting(document, (source) => this.#save(step, source, progress));
    const bytes = await heldDocument(document);
    this.#checkpoint = this.#enqueue(async () => {
      if (!this.#folder) return this.hooks.remember({ step, bytes });
      try {
        await this.#save(step, pieced(bytes), progress);
      } catch (error) {
        this.hooks.remember({ step, bytes });
        throw error;
      }
    });
  }

  /** Keeps the model that a full run has tuned; resolves to whether it is on disk. Throws what reading its numbers throws. */
  async saveModel(document: PiecedBytes): Promise<boolean> {
    let kept = false;
    const save = async (source: PiecedBytes): Promise<void> => {
      await this.#folder?.saveModel(source);
      kept = this.#folder !== null;
    };
    await this.#whileWaiting(document, save, 'model');
    return kept;
  }

  async #save(step: number, document: PiecedBytes, progress: Partial<RunRecord>): Promise<void> {
    await this.#folder?.saveCheckpoint(step, document, this.limit);
    this.hooks.announce(step);
    await this.#folder?.update(progress);
  }

  /** Trouble with the disk is told; that with the numbers' source is the caller's. */
  async #whileWaiting(
    document: PiecedBytes,
    work: (document: PiecedBytes) => Promise<void>,
    what?: Result,
  ): Promise<void> {
    const failures: unknown[] = [];
    const watched: PiecedBytes = {
      sizeBytes: document.sizeBytes,
      async *pieces() {
        try {
          yield* document.pieces();
        } catch (error) {
          failures.push(error);
          throw error;
        }
      },
    };
    await this.#enqueue(
      () =>
        work(watched).catch((error: unknown) => {
          if (failures.length === 0) throw error;
        }),
      what,
    );
    if (failures.length > 0) throw failures[0];
  }

  /** Changes of the record, after all that was given before. */
  update(changes: Partial<RunRecord>): void {
    this.#events.flush();
    void this.#enqueue(async () => this.#folder?.update(changes));
  }

  saveAdapter(files: readonly FolderFile[]): void {
    void this.#enqueue(async () => this.#folder?.saveAdapter(files), 'adapter');
  }

  /** The newest whole checkpoint on disk; what is passed over is reported. */
  async newest(report: (step: number, problem: string) => void): Promise<OpenedCheckpoint | null> {
    this.#events.flush();
    await this.#tail;
    return (await this.#folder?.newestCheckpoint(openCheckpoint, report)) ?? null;
  }

  /** Forgets, on disk, the metrics after `step` and the checkpoints after `checkpoint`. */
  rewind(step: number, checkpoint: number): void {
    this.#events.flush();
    void this.#enqueue(async () => {
      this.#unsaved = this.#unsaved.filter((event) => !('step' in event) || event.step <= step);
      await this.#folder?.rewind(step, checkpoint);
    });
  }

  /** What is told afterwards is not kept. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#events.end();
    void this.#enqueue(async () => {
      const folder = this.#folder;
      this.#folder = null;
      await folder?.close();
    });
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
  #enqueue(work: () => Promise<unknown> | undefined, what?: Result): Promise<unknown> {
    this.#tail = this.#tail.then(work).catch((error: unknown) => this.#report(error, what));
    return this.#tail;
  }

  /** That the run's result is not kept is told whatever was told before. */
  #report(error: unknown, what: Result | 'run' = 'run'): void {
    const { code, message } = toErrorRecord(error);
    const isOurs = code.startsWith('storage/') || code.startsWith('run/');
    const known = isOurs ? code : 'storage/unavailable';
    const trouble = `${known} ${what}`;
    if (this.#troubles.has(trouble)) return;
    this.#troubles.add(trouble);
    this.hooks.warn(
      known,
      isOurs
        ? message
        : `storage: it must keep the ${what}, got ${message}; what is not kept is lost when this page closes`,
    );
  }
}
