import { useEffect } from 'react';
import { count } from '../../state/format';
import { useHistory, watchHistory } from '../../state/runs/historyStore';
import { openRuns } from '../../state/viewStore';

/** The way to the kept runs, with how many there are. */
export function RunsButton() {
  const kept = useHistory((state) => state.runs?.length ?? 0);
  useEffect(watchHistory, []);
  return (
    <button type="button" className="button quiet runs-button" aria-haspopup="dialog" onClick={openRuns}>
      Runs
      {kept > 0 && <span className="kept">{count(kept)}</span>}
    </button>
  );
}
