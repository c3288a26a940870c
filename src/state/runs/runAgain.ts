/** A kept run's settings in force again, to be run once more. */
import { useDataset } from '../datasetStore';
import { applyProposal, propose } from '../recipeProposal';
import { bringNote } from './bringModel';
import { runOf } from './historyStore';
import { runName } from './runWords';

/** Puts the settings of a kept run in force, with the way back; notes say what of the run is not here: its data, its model. */
export function runAgain(runId: string): void {
  const run = runOf(runId);
  if (!run) return;
  const { recipe, dataHash, dataName, model } = run.record;
  const { status } = useDataset.getState();
  const sameData = status.kind === 'ready' && status.summary.dataHash === dataHash;
  const notes = sameData ? [] : [`It was trained on ${dataName}; the data in use is another file.`];
  const other = bringNote(model);
  propose({
    from: `run ${runName(run)}`,
    recipe: () => recipe,
    sameData,
    notes: other === null ? notes : [...notes, other],
  });
  applyProposal();
}
