import type { KeptRun } from '../../protocol/run';
import { ErrorCard } from '../common/ErrorCard';
import { RunFacts } from './RunFacts';
import { RunLabels } from './RunLabels';
import { RunRecipe } from './RunRecipe';

/** Everything about a kept run: a person's own words on it, its facts, its recipe. */
export function RunDetails({ run }: { run: KeptRun }) {
  return (
    <div className="run-details">
      {run.record.error && <ErrorCard error={run.record.error} />}
      <RunLabels run={run} />
      <RunFacts run={run} />
      <RunRecipe run={run} />
    </div>
  );
}
