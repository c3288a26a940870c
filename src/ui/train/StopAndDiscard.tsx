import { discardSeconds, requestDiscard, undoDiscard, useDiscard } from '../../state/runDiscard';
import { useRun } from '../../state/runStore';
import { Button } from '../common/Button';

/** Ends the run and forgets it. The run pauses for a few seconds first, in which this can be taken back. */
export function StopAndDiscard() {
  const pending = useDiscard((state) => state.runId);
  const runId = useRun(({ status }) => ('runId' in status ? status.runId : null));
  const ending = useRun(({ status }) => status.kind === 'stopping');
  if (pending !== null && pending === runId) {
    return (
      <span className="discarding" role="status">
        <span>Paused; discarded in {discardSeconds} s.</span>
        <Button onClick={undoDiscard}>Undo discarding</Button>
      </span>
    );
  }
  return (
    <Button
      look="quiet"
      unavailable={ending ? 'The run is ending' : null}
      title="Ends at once; nothing of this run is kept, and what was tuned before is there again"
      onClick={requestDiscard}
    >
      Stop and discard
    </Button>
  );
}
