import { useMemo } from 'react';
import { downloadAdapter, useAdapter } from '../../state/adapterStore';
import { useDataset } from '../../state/datasetStore';
import { useDevice } from '../../state/deviceStore';
import { duration, plural } from '../../state/format';
import { useModel } from '../../state/modelStore';
import { readiness, readinessText } from '../../state/readiness';
import { useRecipe } from '../../state/recipeStore';
import { useOtherTab } from '../../state/runs/otherTab';
import { startRun } from '../../state/runs/startRun';
import { isActive, pauseRun, resumeRun, stopRun, useRun } from '../../state/runStore';
import { restart } from '../../state/startup';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { LoadingModel } from '../models/LoadingModel';
import { ModelProblem } from '../models/ModelProblem';
import { AdapterSection } from './AdapterSection';
import { LiveFigures } from './LiveFigures';
import { LossChart } from './LossChart';
import { RecipePanel } from './RecipePanel';
import { SampleAnswersList } from './SampleAnswersList';

function useReadiness() {
  const device = useDevice((state) => state.status);
  const weights = useModel((state) => state.weights);
  const tokenizer = useModel((state) => state.tokenizer);
  const dataset = useDataset((state) => state.status);
  const recipe = useRecipe((state) => state.recipe);
  const otherTab = useOtherTab((state) => state.training);
  return useMemo(
    () => readiness({ device, weights, tokenizer, dataset, recipe, otherTab }),
    [device, weights, tokenizer, dataset, recipe, otherTab],
  );
}

/** The primary button of the moment, and beside it what it will do or why it can't. */
function Actions() {
  const status = useRun((state) => state.status);
  const state = useReadiness();
  const hasAdapter = useAdapter((adapter) => adapter.status.kind === 'ready');
  const whole = useAdapter(({ status }) => status.kind === 'ready' && status.whole);
  const packing = useAdapter((adapter) => adapter.download.kind === 'packing');
  const blocked = state.ready ? null : readinessText(state);
  if (isActive(status)) {
    const stopping = status.kind === 'stopping';
    const reason = stopping ? 'The run is ending at the next step' : null;
    return (
      <div className="actions">
        {status.kind === 'paused' ? (
          <Button look="primary" onClick={() => void resumeRun()}>
            <Icon name="play" />
            Resume
          </Button>
        ) : (
          <Button
            look="primary"
            unavailable={reason ?? (status.kind === 'preparing' ? 'The run has not taken its first step yet' : null)}
            onClick={() => void pauseRun()}
          >
            <Icon name="pause" />
            Pause
          </Button>
        )}
        <Button unavailable={reason} onClick={() => void stopRun()}>
          <Icon name="stop" />
          Stop
        </Button>
        <p className="why">
          {stopping
            ? 'Stopping at the next step; what was learned is kept.'
            : status.kind === 'paused'
              ? 'Paused. Chat works meanwhile.'
              : `${status.phase.charAt(0).toUpperCase()}${status.phase.slice(1)}.`}
        </p>
      </div>
    );
  }
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
        look={done ? 'plain' : 'primary'}
        unavailable={blocked}
        reasonId="why-not"
        onClick={() => void startRun()}
      >
        {done ? 'Fine-tune again' : 'Fine-tune'}
      </Button>
      {!(done && state.ready) && (
        <p className="why" id="why-not" aria-live="polite">
          {readinessText(state)}
        </p>
      )}
    </div>
  );
}

function Failures() {
  const device = useDevice((state) => state.status);
  const run = useRun((state) => state.status);
  if (device.kind === 'failed') {
    return (
      <ErrorCard error={device.error}>
        <Button onClick={() => void restart('compute')}>Restart</Button>
      </ErrorCard>
    );
  }
  return (
    <>
      <ModelProblem />
      {run.kind === 'failed' && <ErrorCard error={run.error} />}
    </>
  );
}

function Outcome() {
  const status = useRun((state) => state.status);
  if (status.kind !== 'done') return null;
  const { result, seconds } = status;
  const words = {
    completed: 'Done',
    early_stopping: 'Stopped early, no longer improving',
    stopped: 'Stopped',
    discarded: 'Discarded',
  }[result.reason];
  return (
    <p>
      <span className="mark">
        <Icon name="check" />
      </span>{' '}
      {words} after {plural(result.steps, 'step')} in {duration(seconds)}
      {result.bestStep === null ? '' : `; the adapter is that of step ${result.bestStep}, which did best`}. Ask base and
      tuned in the chat.
    </p>
  );
}

function Warnings() {
  const warnings = useRun((state) => (state.version > 0 ? state.series.warnings.length : 0));
  const series = useRun((state) => state.series);
  if (warnings === 0) return null;
  return series.warnings.map((warning, index) => <ErrorCard key={index} error={warning} tone="warning" />);
}

export function TrainPane() {
  const begun = useRun((state) => state.status.kind !== 'idle');
  return (
    <>
      <header>
        <h2>
          <span className="step">2</span> Train
        </h2>
      </header>
      <div className="body">
        <section className="section start" aria-label="Run">
          <Actions />
          <LoadingModel />
          <Failures />
          <Outcome />
          <Warnings />
        </section>
        <section className="section" aria-label="Progress">
          {begun && <LiveFigures />}
          <LossChart />
        </section>
        <AdapterSection />
        <SampleAnswersList />
        <RecipePanel />
      </div>
    </>
  );
}
