import { useMemo } from 'react';
import { useDataset } from '../../state/datasetStore';
import { useDevice } from '../../state/deviceStore';
import { useHeldOut } from '../../state/heldOutStore';
import { useModel } from '../../state/modelStore';
import { readiness, type Readiness } from '../../state/readiness';
import { useRecipe } from '../../state/recipeStore';
import { useOtherTab } from '../../state/runs/otherTab';

/** Whether a run can start now. */
export function useReadiness(): Readiness {
  const device = useDevice((state) => state.status);
  const weights = useModel((state) => state.weights);
  const tokenizer = useModel((state) => state.tokenizer);
  const dataset = useDataset((state) => state.status);
  const recipe = useRecipe((state) => state.recipe);
  const validation = useHeldOut((state) => state.validation);
  const otherTab = useOtherTab((state) => state.training);
  return useMemo(
    () => readiness({ device, weights, tokenizer, dataset, recipe, validation, otherTab }),
    [device, weights, tokenizer, dataset, recipe, validation, otherTab],
  );
}
