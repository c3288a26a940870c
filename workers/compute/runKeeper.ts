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

export interface KeptCheckpoint {
  step: number;
  bytes: Uint8Array;
}

type Verify = (bytes: Uint8Array) => Promise<unknown>;

/** A run in storage (storage/runs/runFolder.ts), as its only writer sees it. */
export interface KeptFolder {
  readonly record: RunRecord;
  update(changes: Partial<RunRecord>): Promise<void>;
  rows(): Promise<KeptRows>;
  append(events: readonly RunEventBody[]): Promise<void>;
  /** Drops the metrics after `step` and the checkpoints after `checkpoint`; returns the metrics that stay. */
  rewind(step: number, checkpoint: number): Promise<RunEventBody[]>;
  saveCheckpoint(step: number, bytes: Uint8Array, limit: number | null): Promise<void>;
  newestCheckpoint(verify: Verify, report: (step: number, problem: string) => void): Promise<KeptCheckpoint | null>;
  checkpoint(step: number, verify: Verify): Promise<KeptCheckpoint>;
  saveAdapter(files: readonly FolderFile[]): Promise<void>;
  close(): Promise<void>;
}

/** Where runs are kept. */
export interface RunKeeper {
  rowsHash(rows: KeptRows): Promise<string>;
  create(record: RunRecord, rows: KeptRows): Promise<KeptFolder>;
  open(runId: string): Promise<KeptFolder>;
  remove(runId: string): Promise<void>;
}
