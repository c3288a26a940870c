/** Kept runs in memory, for tests of the page's own logic. */
import { TunesmithError } from '../../lib/errors';
import type { KeptRun, RunEventBody } from '../../protocol/run';
import type { FolderFile } from '../../protocol/training';
import type { Vault } from '../runs/vault';

interface Held {
  run: KeptRun;
  events: RunEventBody[];
  adapter: FolderFile[] | null;
}

export interface FakeVault extends Vault {
  held: Map<string, Held>;
  /** Runs that somebody runs. */
  live: Set<string>;
  put(run: KeptRun, events?: RunEventBody[]): void;
}

/** A loss that falls, as events of steps 1 … `steps`. */
export const stepsUpTo = (steps: number): RunEventBody[] =>
  Array.from({ length: steps }, (_, index) => ({
    event: 'step',
    step: index + 1,
    epoch: 0,
    loss: 4 / (index + 1),
    grad_norm: 1,
    learning_rate: 1e-3,
    supervised_tokens: 20,
    tokens: 100,
    ms: 10,
  }));

export function fakeVault(): FakeVault {
  const held = new Map<string, Held>();
  const live = new Set<string>();
  const need = (id: string): Held => {
    const found = held.get(id);
    if (!found) throw new TunesmithError('run/none', `run ${id}: none is kept`);
    return found;
  };
  const later = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);
  return {
    held,
    live,
    put(run, events = []) {
      const adapter = run.hasAdapter ? [{ name: 'adapter_config.json', bytes: new Uint8Array(3) }] : null;
      held.set(run.record.id, { run, events, adapter });
    },
    listRuns: () =>
      later(() => [...held.values()].map(({ run }) => run).sort((a, b) => b.record.createdAt - a.record.createdAt)),
    readEvents: (id) => later(() => need(id).events),
    readAdapter: (id) => later(() => need(id).adapter),
    setLabel: (id, label) =>
      later(() => {
        const one = need(id);
        one.run = { ...one.run, label };
      }),
    deleteRun: (id) => later(() => void held.delete(id)),
    runsBytes: () => later(() => [...held.values()].reduce((sum, { run }) => sum + run.bytes, 0)),
    exportRun: (id) => later(() => new Blob([JSON.stringify(need(id).run)])),
    importRun: async (file) => {
      const run = JSON.parse(await file.text()) as KeptRun;
      held.set(run.record.id, { run, events: [], adapter: null });
      return run.record.id;
    },
    isRunLive: (id) => later(() => live.has(id)),
    sweepRuns: () => later(() => ({ files: 0, bytes: 0 })),
  };
}
