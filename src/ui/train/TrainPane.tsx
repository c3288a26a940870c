import { isActive, useRun } from '../../state/runStore';
import { ErrorCard } from '../common/ErrorCard';
import { LoadingModel } from '../models/LoadingModel';
import { RecipeProposal } from '../recipe/RecipeProposal';
import { SameRun } from '../recipe/SameRun';
import { AdapterSection } from './AdapterSection';
import { HiddenTabNote } from './HiddenTabNote';
import { InterruptedRun } from './InterruptedRun';
import { LiveFigures } from './LiveFigures';
import { MemoryForecast } from './MemoryForecast';
import { Proof } from './Proof';
import { RecipePanel } from './RecipePanel';
import { RunActions } from './RunActions';
import { RunFailure } from './RunFailure';
import { RunHealth } from './RunHealth';
import { RunLog } from './RunLog';
import { RunOutcome } from './RunOutcome';
import { SampleAnswersList } from './SampleAnswersList';
import { StartFromChoice } from './StartFromChoice';
import { RunCharts } from './charts/RunCharts';

/** The newest warning of each kind; all of them are in the log. */
function Warnings() {
  const warnings = useRun((state) => (state.version > 0 ? state.series.warnings.length : 0));
  const series = useRun((state) => state.series);
  if (warnings === 0) return null;
  const newest = new Map(series.warnings.map((warning) => [warning.code, warning]));
  return [...newest.values()].map((warning) => <ErrorCard key={warning.code} error={warning} tone="warning" />);
}

export function TrainPane() {
  const begun = useRun((state) => state.status.kind !== 'idle');
  const active = useRun((state) => isActive(state.status));
  return (
    <>
      <header>
        <h2>
          <span className="step">2</span> Train
        </h2>
      </header>
      <div className="body">
        <InterruptedRun />
        <RecipeProposal />
        <section className="section start" aria-label="Run">
          <RunActions />
          {!active && <StartFromChoice />}
          <SameRun />
          <LoadingModel />
          <RunFailure />
          <RunOutcome />
          <HiddenTabNote />
          <Warnings />
        </section>
        {!begun && <MemoryForecast />}
        <section className="section" aria-label="Progress">
          {begun && <LiveFigures />}
          {begun && <RunHealth />}
          <RunCharts />
          {begun && <RunLog />}
        </section>
        {begun && <MemoryForecast />}
        <AdapterSection />
        <SampleAnswersList />
        <RecipePanel />
        <Proof />
      </div>
    </>
  );
}
