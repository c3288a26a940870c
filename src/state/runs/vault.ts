/** The runs in storage, as the commands of this folder ask for them; tests put their own in place. */
import type { KeptRun, RunEventBody, RunLabel } from '../../protocol/run';
import type { FolderFile } from '../../protocol/training';
import { exportRun } from '../../storage/runs/runExport';
import { importRun } from '../../storage/runs/runImport';
import {
  deleteRun,
  isRunLive,
  listRuns,
  readAdapter,
  readEvents,
  runsBytes,
  setLabel,
} from '../../storage/runs/runList';
import { sweepRuns } from '../../storage/runs/sweepRuns';

export interface Vault {
  listRuns(): Promise<KeptRun[]>;
  readEvents(runId: string): Promise<RunEventBody[]>;
  readAdapter(runId: string): Promise<FolderFile[] | null>;
  setLabel(runId: string, label: RunLabel): Promise<void>;
  deleteRun(runId: string): Promise<void>;
  runsBytes(): Promise<number>;
  exportRun(runId: string): Promise<Blob>;
  importRun(file: File): Promise<string>;
  isRunLive(runId: string): Promise<boolean>;
  sweepRuns(): Promise<{ files: number; bytes: number }>;
}

let current: Vault = {
  listRuns,
  readEvents,
  readAdapter,
  setLabel,
  deleteRun,
  runsBytes,
  exportRun,
  importRun,
  isRunLive,
  sweepRuns,
};

/** What keeps the runs. */
export const vault = (): Vault => current;

/** Puts another keeper in place (tests). */
export function replaceVault(other: Vault): void {
  current = other;
}
