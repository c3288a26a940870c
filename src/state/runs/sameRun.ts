/** Whether the run that would start now was made before. */
import { useEffect, useMemo } from 'react';
import type { KeptRun } from '../../protocol/run';
import type { DatasetSummary } from '../../protocol/rows';
import type { ModelFacts } from '../../protocol/model';
import { isModelOf } from '../../protocol/runModel';
import type { Recipe } from '../../recipe/schema';
import { useDataset } from '../datasetStore';
import { useModel } from '../modelStore';
import { useRecipe } from '../recipeStore';
import { needFigures } from './curves';
import { useHistory } from './historyStore';
import { recipeDiff } from './recipeDiff';

/**
 * The newest run that came to its end by itself with this recipe, on a file of these bytes with as many rows, on this model.
 * Changes by hand are seen only where they leave another number of rows: the labels' own hash is known after the start.
 */
export function sameRun(
  runs: readonly KeptRun[],
  recipe: Recipe,
  { dataHash, trainRows, validationRows }: Pick<DatasetSummary, 'dataHash' | 'trainRows' | 'validationRows'>,
  model: Pick<ModelFacts, 'name' | 'parameters' | 'fingerprint' | 'weightDtype'>,
): KeptRun | null {
  const isSame = ({ record }: KeptRun): boolean =>
    (record.status === 'completed' || record.status === 'early_stopping') &&
    record.control === null &&
    record.startsFresh &&
    record.dataHash === dataHash &&
    record.rows === trainRows &&
    record.validationRows === validationRows &&
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
  const run = useMemo(
    () =>
      runs && dataset.kind === 'ready' && weights.kind === 'ready'
        ? sameRun(runs, recipe, dataset.summary, weights.facts)
        : null,
    [runs, recipe, dataset, weights],
  );
  useEffect(() => {
    if (run) void needFigures([run]);
  }, [run]);
  return run;
}
