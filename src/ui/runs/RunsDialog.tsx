import { useEffect } from 'react';
import { needFigures } from '../../state/runs/curves';
import { importRuns, refreshHistory, useHistory } from '../../state/runs/historyStore';
import { closeRuns, useView } from '../../state/viewStore';
import { ErrorCard } from '../common/ErrorCard';
import { Sheet } from '../common/Sheet';
import { CompareBar, Comparison } from './Comparison';
import { RunList } from './RunList';
import { RunsStorage } from './RunsStorage';
import { useFileDrop } from './useFileDrop';

function Contents() {
  const runs = useHistory((state) => state.runs);
  const error = useHistory((state) => state.error);
  const said = useHistory((state) => state.said);
  useEffect(() => void refreshHistory(), []);
  useEffect(() => void needFigures(), [runs]);
  return (
    <>
      {error && <ErrorCard error={error} />}
      {said !== '' && <p role="status">{said}</p>}
      {runs === null ? (
        <p className="note">Looking what is kept…</p>
      ) : (
        <>
          <RunsStorage />
          <Comparison />
          <RunList runs={runs} />
          <CompareBar />
        </>
      )}
    </>
  );
}

/** Every run that this browser keeps. Escape or the button closes it; a run goes on. A run's zip can be dropped on it. */
export function RunsDialog() {
  const open = useView((state) => state.showsRuns);
  const { over, handlers } = useFileDrop((files) => void importRuns(files));
  return (
    <Sheet
      title="Runs"
      open={open}
      onClose={closeRuns}
      className={`wide ${over ? 'over' : ''}`}
      handlers={handlers}
      veil={over && <div className="drop-veil">Drop to import this run</div>}
    >
      <Contents />
    </Sheet>
  );
}
