import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openCheckpoint } from '../../src/engine/checkpoint/open';
import { toErrorRecord, TunesmithError } from '../../src/lib/errors';
import { rangedBytes } from '../../src/lib/ranged';
import type { TrainEventBody } from '../../src/protocol/training';
import { metricsName, writtenFolders } from './outputPlace';

/** Writes a file so that a reader, or a crash, meets the old one or the whole new one. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const file = openSync(temporary, 'w');
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

const checkpointName = /^step-(\d+)\.checkpoint$/;

export interface StoredCheckpoint {
  step: number;
  bytes: Buffer;
}

const written = [...writtenFolders, 'recipe.json', metricsName];

/** What `train --out` writes: `adapter/` (`model/` where all weights were trained), `recipe.json`, `metrics.jsonl`, `checkpoints/`. */
export class OutputFolder {
  private metrics: number | null = null;
  /** Checkpoints that came before the event of their step. */
  private readonly early = new Map<number, Uint8Array>();
  constructor(readonly path: string) {}

  private get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }
  private get metricsPath(): string {
    return join(this.path, metricsName);
  }

  get modelPath(): string {
    return join(this.path, 'model');
  }

  holdsRun(): boolean {
    return written.some((name) => existsSync(join(this.path, name)));
  }

  /** Removes what an earlier run left, and begins the metrics anew. */
  startFresh(): void {
    for (const name of written) rmSync(join(this.path, name), { recursive: true, force: true });
    mkdirSync(this.path, { recursive: true });
    this.metrics = openSync(this.metricsPath, 'a');
  }

  /** Keeps the metrics up to a step, as if nothing had followed, and goes on after them. */
  continueAfter(step: number): void {
    const lines = existsSync(this.metricsPath) ? readFileSync(this.metricsPath, 'utf8').split('\n') : [];
    const kept = lines.filter((line) => line !== '' && happenedBy(line, step));
    writeAtomically(this.metricsPath, kept.map((line) => `${line}\n`).join(''));
    this.early.clear();
    this.metrics = openSync(this.metricsPath, 'a');
  }

  appendMetric(line: string): void {
    if (this.metrics !== null) writeSync(this.metrics, `${line}\n`);
  }

  writeRecipe(recipe: unknown): void {
    writeAtomically(join(this.path, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`);
  }

  /**
   * Stores the checkpoint of `step`, and removes the oldest beyond `limit` (null keeps all); returns its path. A trainer that is
   * ahead may have dropped it, and sends a later one: that one is held until the event of its own step, so that metrics are never
   * behind a checkpoint, and the result is null.
   * @throws `checkpoint/damaged` for bytes that are none.
   */
  async writeCheckpoint(step: number, sent: Uint8Array, limit: number | null): Promise<string | null> {
    this.early.set((await openCheckpoint(rangedBytes(sent))).step, sent);
    const bytes = this.early.get(step);
    for (const held of this.early.keys()) if (held <= step) this.early.delete(held);
    if (!bytes) return null;
    const path = join(this.checkpoints, `step-${String(step).padStart(8, '0')}.checkpoint`);
    writeAtomically(path, bytes);
    if (limit !== null) for (const old of this.steps().slice(limit)) rmSync(old.path, { force: true });
    return path;
  }

  /** The newest checkpoint whose bytes are whole, or null. Broken ones are reported and passed over. */
  async newestCheckpoint(report: (message: string) => void): Promise<StoredCheckpoint | null> {
    for (const { path } of this.steps()) {
      const bytes = readFileSync(path);
      try {
        const { step } = await openCheckpoint(rangedBytes(bytes));
        return { step, bytes };
      } catch (error) {
        report(`${path}: passed over, ${toErrorRecord(error).message}`);
      }
    }
    return null;
  }

  writeAdapter(files: readonly { name: string; bytes: Uint8Array }[]): void {
    writeFolder(join(this.path, 'adapter'), files);
  }

  private steps(): { step: number; path: string }[] {
    const names = existsSync(this.checkpoints) ? readdirSync(this.checkpoints) : [];
    return names
      .flatMap((name) => {
        const match = checkpointName.exec(name);
        return match ? [{ step: Number(match[1]), path: join(this.checkpoints, name) }] : [];
      })
      .sort((a, b) => b.step - a.step);
  }
}

/** Writes a folder's files; names with a path in them are refused. */
export function writeFolder(folder: string, files: readonly { name: string; bytes: Uint8Array }[]): void {
  for (const { name, bytes } of files) {
    if (name === '' || basename(name) !== name || name.startsWith('.'))
      throw new TunesmithError('internal/file-name', `${name}: must be a plain file name`);
    writeAtomically(join(folder, name), bytes);
  }
}

/** Whether a line of metrics belongs to the part of a run that a checkpoint of this step holds. */
function happenedBy(line: string, step: number): boolean {
  try {
    const event = JSON.parse(line) as TrainEventBody;
    if (event.event === 'end') return false;
    return !('step' in event) || event.step <= step;
  } catch {
    return false; // A line that a killed process left half written.
  }
}
