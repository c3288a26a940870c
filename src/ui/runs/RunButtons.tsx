import { useState, type ReactNode } from 'react';
import type { ErrorRecord } from '../../lib/errors';
import type { KeptRun } from '../../protocol/run';
import { count } from '../../state/format';
import { continueRun } from '../../state/runs/continueRun';
import { deleteRuns, exportKeptRun, useHistory } from '../../state/runs/historyStore';
import { runAgain } from '../../state/runs/runAgain';
import { isFinished, runName } from '../../state/runs/runWords';
import { takeTunedOf } from '../../state/runs/takeAdapter';
import { isActive, useRun } from '../../state/runStore';
import { closeRuns, openPane, type Pane } from '../../state/viewStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';

/** From which checkpoint to go on: the newest one, unless another is chosen. */
function ContinueFrom({ run, step, onStep }: { run: KeptRun; step: number | null; onStep: (step: number) => void }) {
  const { checkpoints } = run.record;
  if (checkpoints.length < 2) return null;
  const newest = checkpoints.at(-1);
  return (
    <>
      <select
        aria-label={`Checkpoint to continue ${runName(run)} from`}
        value={step ?? newest}
        onChange={(event) => onStep(Number(event.target.value))}
      >
        {[...checkpoints].reverse().map((one) => (
          <option key={one} value={one}>
            from step {count(one)}
          </option>
        ))}
      </select>
      {step !== null && step !== newest && (
        <span className="note" role="status">
          Its curve and checkpoints after step {count(step)} are then replaced.
        </span>
      )}
    </>
  );
}

/** What can be done with a kept run; children stand at the end of the row. */
export function RunButtons({ run, children }: { run: KeptRun; children: ReactNode }) {
  const { record, hasAdapter, hasModel } = run;
  const tuned = hasModel ? 'model' : 'adapter';
  const { id, checkpoints } = record;
  const name = runName(run);
  const isLive = useHistory((state) => state.live.has(id));
  const isTraining = useRun((state) => isActive(state.status));
  const [chosen, setChosen] = useState<number | null>(null);
  // A checkpoint that has gone meanwhile is none to choose.
  const step = chosen !== null && checkpoints.includes(chosen) ? chosen : null;
  const [error, setError] = useState<ErrorRecord | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const held = isLive ? 'It is being trained now' : busy;
  const heldDevice = held ?? (isTraining ? 'A run is under way' : null);

  const leaveFor = (pane: Pane): void => {
    closeRuns();
    openPane(pane);
  };
  const order = async (what: string, act: () => Promise<ErrorRecord | null>): Promise<boolean> => {
    setBusy(what);
    setError(null);
    const failed = await act();
    setBusy(null);
    setError(failed);
    return failed === null;
  };
  const takeIt = async (): Promise<void> => {
    if (await order(`The ${tuned} is being loaded`, () => takeTunedOf(id))) leaveFor('chat');
  };
  const goOn = async (): Promise<void> => {
    // The order lasts as long as the run does: the dialog makes room as soon as it goes on.
    const stop = useRun.subscribe(({ status }) => {
      if (!isActive(status) || status.runId !== id) return;
      stop();
      leaveFor('train');
    });
    await order('It is being continued', () => continueRun(id, step));
    stop();
  };
  return (
    <>
      <div className="run-actions">
        {(hasAdapter || hasModel) && (
          <Button unavailable={heldDevice} aria-label={`Use ${tuned} of ${name}`} onClick={() => void takeIt()}>
            Use {tuned}
          </Button>
        )}
        {!isFinished(record) && (checkpoints.length > 0 || record.startsFresh) && (
          <>
            <Button unavailable={heldDevice} aria-label={`Continue ${name}`} onClick={() => void goOn()}>
              <Icon name="play" />
              Continue
            </Button>
            <ContinueFrom run={run} step={step} onStep={setChosen} />
          </>
        )}
        <Button
          look="quiet"
          aria-label={`Run again ${name}`}
          onClick={() => {
            runAgain(id);
            leaveFor('train');
          }}
        >
          Run again
        </Button>
        <Button
          look="quiet"
          unavailable={held}
          aria-label={`Export ${name}`}
          onClick={() => {
            setBusy('The zip is being packed');
            void exportKeptRun(id).finally(() => setBusy(null));
          }}
        >
          <Icon name="download" />
          Export
        </Button>
        <Button look="quiet" unavailable={held} aria-label={`Delete ${name}`} onClick={() => deleteRuns([id])}>
          Delete
        </Button>
        {children}
      </div>
      {error && <ErrorCard error={error} />}
    </>
  );
}
