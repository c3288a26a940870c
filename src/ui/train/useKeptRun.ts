import type { KeptRun } from '../../protocol/run';
import { useHistory } from '../../state/runs/historyStore';
import { runIdOf, useRun } from '../../state/runStore';

/** The run that is shown, as storage keeps it; null where it does not, or not yet. */
export function useKeptRun(): KeptRun | null {
  const runId = useRun(({ status }) => runIdOf(status));
  return useHistory(({ runs, leaving }) => {
    const run = runs?.find(({ record }) => record.id === runId);
    return run && !leaving.has(run.record.id) ? run : null;
  });
}
