import { useEffect, useId, useRef } from 'react';
import { needFigures } from '../../state/runs/curves';
import { importRuns, refreshHistory, useHistory } from '../../state/runs/historyStore';
import { closeRuns, useView } from '../../state/viewStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
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
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const { over, handlers } = useFileDrop((files) => void importRuns(files));
  useEffect(() => {
    const element = dialog.current;
    if (!element || element.open === open) return;
    if (open) element.showModal();
    else element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={`sheet wide ${over ? 'over' : ''}`}
      aria-labelledby={titleId}
      onClose={closeRuns}
      onClick={(event) => {
        // Only the backdrop is the dialog itself; everything else lies inside.
        if (event.target === event.currentTarget) closeRuns();
      }}
      {...handlers}
    >
      <div className="sheet-inner">
        <header>
          <h2 id={titleId}>Runs</h2>
          <Button look="quiet" className="icon-only" aria-label="Close" onClick={closeRuns}>
            <Icon name="close" />
          </Button>
        </header>
        <div className="sheet-body" tabIndex={-1}>
          {open && <Contents />}
        </div>
        {over && <div className="drop-veil">Drop to import this run</div>}
      </div>
    </dialog>
  );
}
