import { lossText } from '../../state/format';
import { useHistory } from '../../state/runs/historyStore';
import { runName } from '../../state/runs/runWords';
import { useSameRun } from '../../state/runs/sameRun';
import { isActive, runIdOf, useRun } from '../../state/runStore';
import { useStartFrom } from '../../state/startFrom';
import { openRuns } from '../../state/viewStore';

/** Says that the run which would start was made before. */
export function SameRun() {
  const run = useSameRun();
  const figures = useHistory((state) => (run ? state.figures.get(run.record.id) : undefined));
  const status = useRun((state) => state.status);
  // One that trains an adapter further is another run.
  const goesOn = useStartFrom(({ wanted }) => wanted === 'adapter');
  // The run in sight says itself what it came to.
  if (!run || goesOn || isActive(status) || runIdOf(status) === run.record.id) return null;
  const best = figures?.best?.loss;
  const loss = best === undefined ? figures?.trainingLoss : best;
  const what = best === undefined ? 'loss' : 'validation loss';
  return (
    <p className="note same-run">
      Same settings and data as run {runName(run)}
      {typeof loss === 'number' && ` (${what} ${lossText(loss)})`}.{' '}
      <button type="button" className="link" onClick={openRuns} aria-haspopup="dialog">
        Show runs
      </button>
    </p>
  );
}
