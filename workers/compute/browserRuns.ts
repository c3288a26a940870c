import { deleteRun, openModelOf } from '../../src/storage/runs/runList';
import { RunFolder } from '../../src/storage/runs/runFolder';
import { rowsHash } from '../../src/storage/runs/runRows';
import type { Surroundings } from './compute';

/** Runs in the browser's own file system, and its Web Locks where it has them. */
export const browserSurroundings = (): Surroundings => ({
  keeper: {
    rowsHash,
    create: (record, rows) => RunFolder.create(record, rows),
    open: (runId) => RunFolder.open(runId),
    remove: deleteRun,
    openModel: openModelOf,
  },
  // Absent on insecure pages, whatever the types say.
  locks: (navigator as Partial<Navigator>).locks ?? null,
});
