import type { Checkpoint } from '../../src/engine/checkpoint/document';
import type { PiecedBytes } from '../../src/lib/pieced';
import type { RangedBytes } from '../../src/lib/ranged';
import type { ExampleTable } from '../../src/protocol/example';
import type { RunEventBody, RunRecord } from '../../src/protocol/run';
import type { FolderFile, SamplePrompt } from '../../src/protocol/training';

/** Everything of the data that a run depends on. */
export interface KeptRows {
  train: ExampleTable;
  validation: ExampleTable | null;
  samples: SamplePrompt[];
  samplePool: SamplePrompt[];
}

/** A checkpoint in memory. */
export interface KeptCheckpoint {
  step: number;
  bytes: Uint8Array;
}

/** A checkpoint that was found whole. */
export interface OpenedCheckpoint {
  step: number;
  document: Checkpoint;
}

type Open = (file: RangedBytes) => Promise<Checkpoint>;

/** A run in storage (storage/runs/runFolder.ts), as its only writer sees it. */
export interface KeptFolder {
  readonly record: RunRecord;
  update(changes: Partial<RunRecord>): Promise<void>;
  rows(): Promise<KeptRows>;
  append(events: readonly RunEventBody[]): Promise<void>;
  /** Drops the metrics after `step` and the checkpoints after `checkpoint`; returns the metrics that stay. */
  rewind(step: number, checkpoint: number): Promise<RunEventBody[]>;
  saveCheckpoint(step: number, document: PiecedBytes, limit: number | null): Promise<void>;
  newestCheckpoint(open: Open, report: (step: number, problem: string) => void): Promise<OpenedCheckpoint | null>;
  checkpoint(step: number, open: Open): Promise<OpenedCheckpoint>;
  /** The whole model that a full run has tuned. */
  saveModel(document: PiecedBytes): Promise<void>;
  saveAdapter(files: readonly FolderFile[]): Promise<void>;
  close(): Promise<void>;
}

/** Where runs are kept. */
export interface RunKeeper {
  rowsHash(rows: KeptRows): Promise<string>;
  create(record: RunRecord, rows: KeptRows): Promise<KeptFolder>;
  open(runId: string): Promise<KeptFolder>;
  remove(runId: string): Promise<void>;
  /** The model that `saveModel` kept, and the run's record; null: it has none. */
  openModel(runId: string, open: Open): Promise<{ record: RunRecord; document: Checkpoint } | null>;
}
