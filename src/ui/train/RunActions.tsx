import { downloadAdapter, useAdapter } from '../../state/adapterStore';
import { useDataset } from '../../state/datasetStore';
import { useModel } from '../../state/modelStore';
import { phaseText } from '../../state/phaseText';
import { readinessText } from '../../state/readiness';
import { useDiscard } from '../../state/runDiscard';
import { useInterrupted } from '../../state/runs/interrupted';
import { startRun } from '../../state/runs/startRun';
import { useStartFrom } from '../../state/startFrom';
import { isActive, pauseRun, resumeRun, stopRun, useRun, type ActiveRun } from '../../state/runStore';
import { waitingText } from '../../state/waitingText';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';
import { PaceChoice } from './PaceChoice';
import { StopAndDiscard } from './StopAndDiscard';
import { useReadiness } from './useReadiness';

/** What the run does now, with its rate and its end. */
function Doing({ status }: { status: ActiveRun }) {
  useRun((state) => state.version);
  const { phase } = useRun((state) => state.series);
  const discarding = useDiscard((state) => state.runId !== null);
  if (status.kind === 'stopping') return <p className="why">The run is ending.</p>;
  // The discarding says itself that the run is paused.
  if (discarding) return null;
  if (status.kind === 'paused') return <p className="why">Paused. Chat works meanwhile.</p>;
  const said = phase && status.kind === 'running' ? phaseText(phase) : status.phase;
  return <p className="why">{`${said.charAt(0).toUpperCase()}${said.slice(1)}.`}</p>;
}

/** While a run goes on. */
function Controls({ status }: { status: ActiveRun }) {
  const ending = status.kind === 'stopping' ? 'The run is ending' : null;
  return (
    <>
      <div className="actions">
        {status.kind === 'paused' ? (
          <Button look="primary" onClick={() => void resumeRun()}>
            <Icon name="play" />
            Resume
          </Button>
        ) : (
          <Button
            look="primary"
            unavailable={ending ?? (status.kind === 'preparing' ? 'The run has not taken its first step yet' : null)}
            onClick={() => void pauseRun()}
          >
            <Icon name="pause" />
            Pause
          </Button>
        )}
        <Button
          unavailable={ending}
          title="Ends at the next step; what was learned is kept"
          onClick={() => void stopRun()}
        >
          <Icon name="stop" />
          Stop
        </Button>
        <StopAndDiscard />
      </div>
      <Doing status={status} />
      <PaceChoice />
    </>
  );
}

/** How far the rows are that a run waits for. Not read out: the figure changes many times a second. */
function Waiting() {
  const said = useDataset(({ status, progress }) => waitingText(status, progress));
  // Before that, the model is what is waited for.
  const hasModel = useModel(({ weights, tokenizer }) => weights.kind === 'ready' && tokenizer.kind === 'ready');
  return said === '' || !hasModel ? null : <span aria-hidden="true">: {said}</span>;
}

/** The primary button of the moment, and beside it what it will do or why it can't. */
export function RunActions() {
  const status = useRun((state) => state.status);
  const state = useReadiness();
  const hasAdapter = useAdapter((adapter) => adapter.status.kind === 'ready');
  const whole = useAdapter(({ status }) => status.kind === 'ready' && status.whole);
  const packing = useAdapter((adapter) => adapter.download.kind === 'packing');
  // One filled button: a run that was interrupted goes first.
  const offered = useInterrupted(({ offer }) => offer !== null);
  const blocked = state.ready ? null : readinessText(state);
  const startFrom = useStartFrom((choice) => choice.wanted);
  if (isActive(status)) return <Controls status={status} />;
  const done = hasAdapter && status.kind === 'done';
  return (
    <div className="actions">
      {done && (
        <Button
          look="primary"
          unavailable={packing ? 'The zip is being packed' : null}
          onClick={() => void downloadAdapter()}
        >
          <Icon name="download" />
          {whole ? 'Download model' : 'Download adapter'}
        </Button>
      )}
      <Button
        look={done || offered ? 'plain' : 'primary'}
        unavailable={blocked}
        reasonId="why-not"
        onClick={() => void startRun({ startFrom })}
      >
        {done ? 'Fine-tune again' : 'Fine-tune'}
      </Button>
      {!(done && state.ready) && (
        <p className="why" id="why-not" aria-live="polite">
          {readinessText(state)}
          {!state.ready && state.waiting && <Waiting />}
        </p>
      )}
    </div>
  );
}
