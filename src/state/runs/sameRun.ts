/** Whether the run that would start now was made before. */
import { useEffect, useMemo } from 'react';
import type { KeptRun } from '../../protocol/run';
import type { DatasetSummary } from '../../protocol/rows';
import type { ModelFacts } from '../../protocol/model';
import { isModelOf } from '../../protocol/runModel';
import type { Recipe } from '../../recipe/schema';
import { useDataset } from '../datasetStore';
import { useEdits } from '../editsStore';
import { heldOutHash, useHeldOut } from '../heldOutStore';
import { useModel } from '../modelStore';
import { useRecipe } from '../recipeStore';
import { changesHash } from './changesHash';
import { needFigures } from './curves';
import { useHistory } from './historyStore';
import { recipeDiff } from './recipeDiff';

/** Data as far as its rows depend on it. */
interface SameData extends Pick<DatasetSummary, 'dataHash' | 'trainRows' | 'validationRows'> {
  changesHash: string;
}

/** The newest run that came to its end by itself with this recipe, on a file of these bytes with these changes, on this model. */
export function sameRun(
  runs: readonly KeptRun[],
  recipe: Recipe,
  data: SameData,
  model: Pick<ModelFacts, 'name' | 'parameters' | 'fingerprint' | 'weightDtype'>,
): KeptRun | null {
  const isSame = ({ record }: KeptRun): boolean =>
    (record.status === 'completed' || record.status === 'early_stopping') &&
    record.control === null &&
    record.startsFresh &&
    record.dataHash === data.dataHash &&
    record.changesHash === data.changesHash &&
    record.rows === data.trainRows &&
    record.validationRows === data.validationRows &&
    isModelOf(record.model, model) &&
    record.model.weightDtype === model.weightDtype &&
    recipeDiff([record.recipe, recipe]).length === 0;
  return runs.filter(isSame).sort((one, two) => two.record.createdAt - one.record.createdAt)[0] ?? null;
}

/** The same for what is set, open and loaded now; its figures are looked up. */
export function useSameRun(): KeptRun | null {
  const runs = useHistory((state) => state.runs);
  const recipe = useRecipe((state) => state.recipe);
  const dataset = useDataset((state) => state.status);
  const weights = useModel((state) => state.weights);
  const edits = useEdits((state) => state.edits);
  const validationHash = useHeldOut(({ validation }) => heldOutHash(validation));
  const changes = useMemo(() => changesHash(edits, validationHash), [edits, validationHash]);
  const run = useMemo(
    () =>
      runs && dataset.kind === 'ready' && weights.kind === 'ready'
        ? sameRun(runs, recipe, { ...dataset.summary, changesHash: changes }, weights.facts)
        : null,
    [runs, recipe, dataset, weights, changes],
  );
  useEffect(() => {
    if (run) void needFigures([run]);
  }, [run]);
  return run;
}
