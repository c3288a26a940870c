/**
 * A run in storage, for the worker that trains: its only writer, which holds the folder until it closes it. Whenever the
 * thread, the browser or the machine ends, what is on disk is the state before or after the write that was going on.
 */
import { TunesmithError } from '../../lib/errors';
import type { PiecedBytes } from '../../lib/pieced';
import { sha256 } from '../../lib/sha256';
import type { RunEventBody, RunRecord } from '../../protocol/run';
import type { FolderFile } from '../../protocol/training';
import { openCheckpointFile, type OpenDocument, type OpenedCheckpoint } from './checkpointFile';
import { writeFile, writePieces } from './diskFile';
import { rewound } from './eventLines';
import { EventLog } from './eventLog';
import { removeUnnamed } from './garbage';
import { noRun, runDirectory, runsDirectory } from './places';
import { freeBytes, fullError, isFull, orFull } from './room';
import { encodeRows } from './rowsFile';
import { keepRows, readRows } from './rowsStore';
import { removeFailedRun } from './runList';
import { holdRunFolder, withRunIndex } from './runLocks';
import type { RunRows } from './runRows';
import { filesOf, needStoredRun, newStoredRun, writeStoredRun, type StoredRun } from './storedRun';

/** Room for the record and the metrics beside a checkpoint. */
const spareBytes = 1 << 16;

export class RunFolder {
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly directory: FileSystemDirectoryHandle,
    private stored: StoredRun,
    private log: EventLog,
    private readonly release: () => void,
  ) {}

  /**
   * Keeps a new run and its rows, of which `record.examplesHash` is the hash. Throws `storage/unavailable`, `storage/full`,
   * `run/busy`, `run/exists`; nothing is left then.
   */
  static async create(record: RunRecord, rows: RunRows): Promise<RunFolder> {
    const file = encodeRows(rows);
    if ((await sha256(file)) !== record.examplesHash)
      throw new TunesmithError('internal/assertion', `run ${record.id}: its record names other rows than its own`);
    const runs = await runsDirectory();
    return opened(record.id, async (release) => {
      if (await runDirectory(record.id))
        throw new TunesmithError('run/exists', `run ${record.id}: its name is taken; give a new run a new one`);
      const write = async (): Promise<RunFolder> => {
        await keepRows(record.examplesHash, file);
        const directory = await runs.getDirectoryHandle(record.id, { create: true });
        const stored = await writeStoredRun(directory, newStoredRun(record));
        return new RunFolder(directory, stored, await EventLog.open(directory, stored.events), release);
      };
      try {
        // Shared with nobody who sweeps: rows that no record names yet would be swept.
        return await withRunIndex('shared', () => orFull(`run ${record.id}`, file.length + spareBytes, write));
      } catch (error) {
        await removeFailedRun(record.id).catch(() => undefined);
        throw error;
      }
    });
  }

  /** Opens a run and removes what a crash left in its folder. Throws `storage/unavailable`, `run/none`, `run/damaged`, `run/busy`. */
  static async open(runId: string): Promise<RunFolder> {
    const directory = await runDirectory(runId);
    if (!directory) throw noRun(runId);
    return opened(runId, async (release) => {
      const stored = await needStoredRun(runId, directory);
      await removeUnnamed(directory, filesOf(stored));
      return new RunFolder(directory, stored, await EventLog.open(directory, stored.events), release);
    });
  }

  get record(): RunRecord {
    return this.stored.record;
  }

  /** Replaces parts of the record, atomically; its list of checkpoints is kept by this folder. Throws `storage/full`. */
  update(changes: Partial<Omit<RunRecord, 'id' | 'checkpoints'>>): Promise<void> {
    return this.#next(() => this.#commit({ record: { ...this.record, updatedAt: Date.now(), ...changes } }));
  }

  /** What the run is trained on. Throws `run/damaged`. */
  rows(): Promise<RunRows> {
    return readRows(this.record.examplesHash);
  }

  /** Adds to the metrics. Throws `storage/full`; none of `events` is then there. */
  append(events: readonly RunEventBody[]): Promise<void> {
    return this.#next(() => orFull('metrics', spareBytes, () => Promise.resolve(this.log.append(events))));
  }

  /**
   * Forgets the metrics after `step` and the checkpoints after `checkpoint`, because they are made anew; warnings stay. Resolves
   * to the metrics that are left. Lines that were altered on disk are left out, which a warning among them says. Throws
   * `storage/full`.
   */
  rewind(step: number, checkpoint = step): Promise<RunEventBody[]> {
    return this.#next(() =>
      orFull('metrics', spareBytes, async () => {
        const { events: all, damaged } = this.log.read();
        const events = rewound(all, step);
        if (damaged > 0) events.push(damagedLines(damaged));
        const name = this.#newName('events');
        await EventLog.write(this.directory, name, events);
        await this.#commit({
          events: name,
          checkpoints: this.stored.checkpoints.filter((each) => each.step <= checkpoint),
          record: { ...this.record, steps: Math.max(0, Math.min(this.record.steps, step)) },
        });
        this.log.close();
        this.log = await EventLog.open(this.directory, name);
        await this.#sweep();
        return events;
      }),
    );
  }

  /**
   * Keeps a checkpoint, then removes all but the newest `limit` (null: none). What its pieces are made of must not change until
   * this resolves. Where there is no room, older ones give way, never the newest that is there. Throws `storage/full` with
   * `neededBytes` and `freeBytes`, and what making the pieces throws; those there before are then there still.
   */
  saveCheckpoint(step: number, document: PiecedBytes, limit: number | null): Promise<void> {
    return this.#next(() =>
      this.#writeWhole('checkpoint', `checkpoint of step ${step}`, document, (file) => {
        const others = this.stored.checkpoints.filter((each) => each.step !== step);
        const all = [...others, { step, file, bytes: document.sizeBytes }].sort((one, two) => one.step - two.step);
        return { checkpoints: all.slice(limit === null ? 0 : -Math.max(1, limit)) };
      }),
    );
  }

  /** Keeps the whole model that the run has tuned, in place of one there before; otherwise as {@link saveCheckpoint}. */
  saveModel(document: PiecedBytes): Promise<void> {
    return this.#next(() =>
      this.#writeWhole('model', 'tuned model', document, (file) => ({ model: { file, bytes: document.sizeBytes } })),
    );
  }

  /**
   * The newest checkpoint that is whole: as long as it was, and `open` does not reject. Each one that is passed over goes to
   * `report`; null when none is left.
   */
  newestCheckpoint<T>(
    open: OpenDocument<T>,
    report: (step: number, problem: string) => void,
  ): Promise<OpenedCheckpoint<T> | null> {
    return this.#next(async () => {
      for (const entry of this.stored.checkpoints.toReversed()) {
        try {
          return await openCheckpointFile(this.directory, entry, open);
        } catch (error) {
          report(entry.step, error instanceof Error ? error.message : String(error));
        }
      }
      return null;
    });
  }

  /** The checkpoint of this very step. Throws `run/no-checkpoint`, `checkpoint/damaged` and what `open` throws. */
  checkpoint<T>(step: number, open: OpenDocument<T>): Promise<OpenedCheckpoint<T>> {
    return this.#next(async () => {
      const entry = this.stored.checkpoints.find((each) => each.step === step);
      if (entry) return openCheckpointFile(this.directory, entry, open);
      throw new TunesmithError(
        'run/no-checkpoint',
        `run ${this.record.id}: must be continued from a step with a checkpoint (${this.record.checkpoints.join(', ') || 'it has none'}), got ${step}; choose one of them`,
      );
    });
  }

  /** Keeps the adapter's files in place of those there before; otherwise as {@link saveCheckpoint}. */
  saveAdapter(files: readonly FolderFile[]): Promise<void> {
    const needed = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return this.#next(() =>
      this.#withRoom('adapter', needed, async () => {
        const adapter: StoredRun['adapter'] = [];
        for (const { name, bytes } of files) {
          const file = this.#newName('adapter');
          await writeFile(this.directory, file, bytes);
          adapter.push({ name, file, bytes: bytes.length, sha256: await sha256(bytes) });
        }
        await this.#commit({ adapter });
      }),
    );
  }

  /** Ends writing, once what was asked for is done. The folder is anybody's then. */
  close(): Promise<void> {
    return this.#next(() => {
      this.log.close();
      this.release();
      return Promise.resolve();
    });
  }

  /** One write after the other. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #commit(changes: Partial<StoredRun>): Promise<void> {
    const before = this.stored;
    const next = { ...before, ...changes };
    await orFull('record', spareBytes, async () => {
      this.stored = await writeStoredRun(this.directory, next);
    });
  }

  /** Writes a document under a new name, then names it by what `named` changes. */
  #writeWhole(
    kind: string,
    what: string,
    document: PiecedBytes,
    named: (file: string) => Partial<StoredRun>,
  ): Promise<void> {
    return this.#withRoom(what, document.sizeBytes, async () => {
      const file = this.#newName(kind);
      this.log.flush();
      await writePieces(this.directory, file, document);
      await this.#commit(named(file));
    });
  }

  /** Runs a write of so many bytes, for which older checkpoints make room; then removes what is not named any more. */
  async #withRoom(what: string, neededBytes: number, write: () => Promise<void>): Promise<void> {
    await this.#makeRoom(what, neededBytes + spareBytes);
    for (;;) {
      try {
        await write();
        break;
      } catch (error) {
        await this.#sweep().catch(() => undefined);
        if (!isFull(error)) throw error;
        if (!(await this.#dropOldest())) throw await fullError(what, neededBytes, error);
      }
    }
    await this.#sweep();
  }

  #newName(kind: string): string {
    return `${kind}-${this.stored.nextFile++}`;
  }

  #sweep(): Promise<unknown> {
    return removeUnnamed(this.directory, filesOf(this.stored));
  }

  /** By what the browser says is free, frees old checkpoints before a write that would fail; none where all would not do. */
  async #makeRoom(what: string, neededBytes: number): Promise<void> {
    let free = await freeBytes();
    const older = this.stored.checkpoints.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0);
    if (free + older < neededBytes) throw await fullError(what, neededBytes);
    while (free < neededBytes && (await this.#dropOldest())) free = await freeBytes();
  }

  /** Removes the oldest checkpoint; false when only the newest is there. The file first: a full disk has no room for the record. */
  async #dropOldest(): Promise<boolean> {
    const [oldest, ...others] = this.stored.checkpoints;
    if (!oldest || others.length === 0) return false;
    await this.directory.removeEntry(oldest.file).catch(() => undefined);
    await this.#commit({ checkpoints: others });
    return true;
  }
}

/** A folder that is held; given back when it cannot be opened. */
async function opened(runId: string, open: (release: () => void) => Promise<RunFolder>): Promise<RunFolder> {
  const release = await holdRunFolder(runId);
  try {
    return await open(release);
  } catch (error) {
    release();
    throw error;
  }
}

const damagedLines = (lines: number): RunEventBody => ({
  event: 'warning',
  code: 'run/damaged',
  message: `metrics: ${lines} of their lines were altered on disk and are left out; the curve has gaps`,
});
