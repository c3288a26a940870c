import type { ErrorRecord } from '../../lib/errors';
import type { FitSuggestion } from '../../protocol/memory';
import { selectRow, useDataset } from '../../state/datasetStore';
import { backendChoice, setBackendChoice, useDevice } from '../../state/deviceStore';
import { count } from '../../state/format';
import { useRun } from '../../state/runStore';
import { restart } from '../../state/startup';
import { openPane } from '../../state/viewStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { ModelProblem } from '../models/ModelProblem';
import { SettingsThatFit } from './SettingsThatFit';
import { useKeptRun } from './useKeptRun';

/** Rows linked from a failure; more tell no more. */
const linkedRows = 8;

function showRow(row: number): void {
  openPane('data');
  selectRow(row);
  requestAnimationFrame(() => document.getElementById('row-detail')?.scrollIntoView({ block: 'nearest' }));
}

/** The rows of a step whose loss was no number, as links; here rows are counted from 1, as in the data pane. */
function NotFinite({ error }: { error: ErrorRecord }) {
  const rows = (error.data?.['rows'] as number[] | undefined) ?? [];
  const kept = useKeptRun();
  // Rows are told by their place in a file: in another one they would be others.
  const here = useDataset(
    ({ status }) => status.kind === 'ready' && (kept === null || kept.record.dataHash === status.summary.dataHash),
  );
  const message = error.message.replace(/, rows [\d, ]+(?=:)/, '');
  return (
    <ErrorCard error={{ ...error, message }}>
      {here && rows.length > 0 && (
        <p className="links">
          Rows of this step:{' '}
          {rows.slice(0, linkedRows).map((row) => (
            <button key={row} type="button" className="link" onClick={() => showRow(row)}>
              row {count(row + 1)}
            </button>
          ))}
          {rows.length > linkedRows && <span className="muted">and {count(rows.length - linkedRows)} more</span>}
        </p>
      )}
    </ErrorCard>
  );
}

/** What did not fit, and the settings that would. */
function OutOfMemory({ error }: { error: ErrorRecord }) {
  const suggestion = error.data?.['suggestion'] as FitSuggestion | null | undefined;
  const { suggestion: _, ...data } = error.data ?? {};
  return (
    <ErrorCard error={{ ...error, data }}>
      {suggestion ? (
        <SettingsThatFit suggestion={suggestion} />
      ) : (
        <p>No settings of this model were found that fit: choose a smaller model.</p>
      )}
    </ErrorCard>
  );
}

function Failure({ error }: { error: ErrorRecord }) {
  if (error.code === 'train/not-finite') return <NotFinite error={error} />;
  if (error.code === 'device/out-of-memory') return <OutOfMemory error={error} />;
  return <ErrorCard error={error} />;
}

/** What keeps this pane from working, or ended the last run. */
export function RunFailure() {
  const device = useDevice((state) => state.status);
  const run = useRun((state) => state.status);
  if (device.kind === 'failed') {
    return (
      <ErrorCard error={device.error}>
        <Button onClick={() => void restart('compute')}>Restart</Button>
        {backendChoice() !== 'auto' && (
          <Button
            onClick={() => {
              setBackendChoice('auto');
              void restart('compute');
            }}
          >
            Let the page choose what computes
          </Button>
        )}
      </ErrorCard>
    );
  }
  return (
    <>
      <ModelProblem />
      {run.kind === 'failed' && <Failure error={run.error} />}
    </>
  );
}
