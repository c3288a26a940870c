import { useState } from 'react';
import { count, plural } from '../../state/format';
import {
  continueInterrupted,
  discardInterrupted,
  undoDiscardInterrupted,
  useInterrupted,
  type Interrupted,
} from '../../state/runs/interrupted';
import { useOtherTab } from '../../state/runs/otherTab';
import { runName, whenText } from '../../state/runs/runWords';
import { useRun, isActive } from '../../state/runStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';

/** Why it cannot be continued now; null when it can. A run brings its own model and data, so only what is busy counts. */
function useObstacle(): string | null {
  const active = useRun((state) => isActive(state.status));
  const otherTab = useOtherTab((state) => state.training);
  if (active) return 'A run is under way';
  return otherTab ? 'Not now: another tab of this page is training' : null;
}

function Offer({ offer }: { offer: Interrupted }) {
  const { run, step, reason } = offer;
  const { record } = run;
  const problem = useInterrupted((state) => state.problem);
  const obstacle = useObstacle();
  const [busy, setBusy] = useState(false);
  const go = async (): Promise<void> => {
    setBusy(true);
    await continueInterrupted();
    setBusy(false);
  };
  return (
    <>
      <h3>A run was interrupted</h3>
      <p>
        {runName(run)} on {record.dataName}, {whenText(record.updatedAt)}, at step {count(record.steps)} of{' '}
        {count(record.totalSteps)}. {reason}
      </p>
      <p className="note">
        {step === null
          ? 'It had no checkpoint yet. Started again, it takes the same steps.'
          : `It goes on as if it had never stopped${record.steps > step ? `; ${plural(record.steps - step, 'step')} since the checkpoint are done again, with the same losses` : ''}.`}
      </p>
      <div className="row">
        <Button
          look="primary"
          unavailable={obstacle ?? (busy ? 'The model and the rows are being brought back' : null)}
          onClick={() => void go()}
        >
          <Icon name="play" />
          {step === null ? 'Start again' : `Continue from step ${count(step)}`}
        </Button>
        <Button unavailable={busy ? 'It is being continued' : null} onClick={discardInterrupted}>
          Discard
        </Button>
        {obstacle !== null && <p className="why">{obstacle}</p>}
      </div>
      {problem && <ErrorCard error={problem} />}
    </>
  );
}

/** A run that its tab, its worker or the browser left in the middle: what it was, and the way on. */
export function InterruptedRun() {
  const offer = useInterrupted((state) => state.offer);
  const discarded = useInterrupted((state) => state.discarded);
  if (!offer && !discarded) return null;
  return (
    <section className="section interrupted" aria-label="Interrupted run">
      {offer ? (
        <Offer key={offer.run.record.id} offer={offer} />
      ) : (
        discarded && (
          <div className="row" role="status">
            <p>The run {runName(discarded.run)} is being discarded.</p>
            <Button onClick={undoDiscardInterrupted}>Undo</Button>
          </div>
        )
      )}
    </section>
  );
}
