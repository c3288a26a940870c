import { useEffect } from 'react';
import { needFigures } from '../../state/runs/curves';
import { refreshHistory, useHistory } from '../../state/runs/historyStore';
import { ErrorCard } from '../common/ErrorCard';
import { CompareBar, Comparison } from './Comparison';
import { RunList } from './RunList';
import { RunsStorage } from './RunsStorage';

/** What the dialog of runs holds: storage, comparison, the runs. */
export function RunsContents() {
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
