/** The runs in storage, as the commands of this folder ask for them; tests put their own in place. */
import type { KeptRun, RunEventBody, RunLabel } from '../../protocol/run';
import type { FolderFile } from '../../protocol/training';

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

const empty: Vault = {
  listRuns: () => Promise.resolve([]),
  readEvents: () => Promise.resolve([]),
  readAdapter: () => Promise.resolve(null),
  setLabel: () => Promise.resolve(),
  deleteRun: () => Promise.resolve(),
  runsBytes: () => Promise.resolve(0),
  exportRun: () => Promise.reject(new Error('no runs')),
  importRun: () => Promise.reject(new Error('no runs')),
  isRunLive: () => Promise.resolve(false),
  sweepRuns: () => Promise.resolve({ files: 0, bytes: 0 }),
};

let current: Vault = empty;

/** What keeps the runs. */
export const vault = (): Vault => current;

/** Puts another keeper in place (tests). */
export function replaceVault(other: Vault): void {
  current = other;
}
