import { useEffect, useMemo, useState } from 'react';
import type { KeptRun } from '../../protocol/run';
import { trainedModelName } from '../../state/modelNames';
import { clearCompared, mostCompared, needCurve } from '../../state/runs/curves';
import { useHistory } from '../../state/runs/historyStore';
import type { OverlayAxis } from '../../state/runs/overlay';
import { recipeDiff } from '../../state/runs/recipeDiff';
import { runName } from '../../state/runs/runWords';
import { Button } from '../common/Button';
import { Segments } from '../common/Segments';
import { DiffTable } from '../recipe/DiffTable';
import { ComparedAnswers } from './ComparedAnswers';
import { ComparedFigures } from './ComparedFigures';
import { OverlayChart } from './OverlayChart';
import { RunLetter } from './RunLetter';

const headingId = 'comparison';

/** The settings on which the compared runs disagree, and what else differs between them. */
function Differences({ runs }: { runs: readonly KeptRun[] }) {
  const rows = useMemo(() => recipeDiff(runs.map(({ record }) => record.recipe)), [runs]);
  const data = new Set(runs.map(({ record }) => record.dataHash)).size;
  const models = new Set(runs.map(({ record }) => record.model.name)).size;
  const columns = runs.map((run, place) => ({
    key: run.record.id,
    name: runName(run),
    heading: <RunLetter at={place} />,
  }));
  return (
    <section className="section" aria-label="Differing settings">
      <h4>Differing settings</h4>
      {data > 1 && (
        <p className="note">
          They were trained on different data: {runs.map(({ record }) => record.dataName).join(', ')}.
        </p>
      )}
      {models > 1 && (
        <p className="note">
          They tune different models: {runs.map(({ record }) => trainedModelName(record.model)).join(', ')}.
        </p>
      )}
      {rows.length === 0 ? (
        <p className="note">Their recipes are the same.</p>
      ) : (
        <DiffTable rows={rows} columns={columns} />
      )}
    </section>
  );
}

/** What is ticked, in sight below the list, and the way up to it. */
export function CompareBar() {
  const runs = useHistory((state) => state.runs);
  const compared = useHistory((state) => state.compared);
  if (compared.length === 0 || (runs?.length ?? 0) < 2) return null;
  const show = (): void => {
    const heading = document.getElementById(headingId);
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus();
  };
  return (
    <div className="compare-bar">
      {compared.map((id, place) => {
        const run = runs?.find(({ record }) => record.id === id);
        return (
          run && (
            <span key={id}>
              <RunLetter at={place} /> {runName(run)}
            </span>
          )
        );
      })}
      <span className="push">
        <Button onClick={show}>Show the comparison</Button>
      </span>
    </div>
  );
}

/** Runs over each other: curves, end figures, differing settings, answers. */
export function Comparison() {
  const runs = useHistory((state) => state.runs);
  const compared = useHistory((state) => state.compared);
  const curves = useHistory((state) => state.curves);
  const [axis, setAxis] = useState<OverlayAxis>('steps');
  const [log, setLog] = useState(false);
  const chosen = useMemo(
    () => compared.flatMap((id) => runs?.find(({ record }) => record.id === id) ?? []),
    [compared, runs],
  );
  // One that went on since it was ticked has a longer curve.
  useEffect(() => {
    for (const { record } of chosen) void needCurve(record.id);
  }, [chosen]);
  const drawn = useMemo(
    () =>
      chosen.map((run) => ({
        id: run.record.id,
        name: runName(run),
        curve: curves.get(run.record.id) ?? { steps: [], smoothed: [], tokens: [], evals: [] },
      })),
    [chosen, curves],
  );
  if (!runs || runs.length < 2) return null;
  if (chosen.length === 0) {
    return (
      <p className="note">
        Tick 2 to {mostCompared} runs to see their curves over each other and what differs between them.
      </p>
    );
  }
  const loading = chosen.some(({ record }) => !curves.has(record.id));
  return (
    <section className="section ruled comparison" aria-labelledby={headingId}>
      <h3 id={headingId} tabIndex={-1}>
        Comparison
        <span className="aside">
          <Button look="quiet" onClick={clearCompared}>
            Clear
          </Button>
        </span>
      </h3>
      <div className="comparison-tools">
        <Segments
          label="Compare by"
          value={axis}
          options={[
            { value: 'steps', label: 'Steps' },
            { value: 'tokens', label: 'Tokens' },
          ]}
          onChange={setAxis}
        />
        <label className="consent note">
          <input type="checkbox" checked={log} onChange={(event) => setLog(event.target.checked)} />
          Log axis
        </label>
        {chosen.length === 1 && <p className="note">Tick another run to compare it with.</p>}
        {loading && <p className="note">Reading curves…</p>}
      </div>
      <OverlayChart runs={drawn} axis={axis} log={log} />
      <ComparedFigures runs={chosen} />
      {chosen.length > 1 && <Differences runs={chosen} />}
      {chosen.length > 1 && <ComparedAnswers runs={chosen} />}
    </section>
  );
}
