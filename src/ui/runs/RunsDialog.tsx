import { importRuns } from '../../state/runs/historyStore';
import { closeRuns, useView } from '../../state/viewStore';
import { latePart } from '../common/latePart';
import { Sheet } from '../common/Sheet';
import { useFileDrop } from './useFileDrop';

const RunsContents = latePart('the runs', async () => (await import('./RunsContents')).RunsContents, { ahead: true });

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
      <RunsContents />
    </Sheet>
  );
}
