/** How many rows of a person's own file are held out for validation where they have not said so. Pure. */
import type { DatasetSummary } from '../protocol/rows';
import type { Recipe } from '../recipe/schema';
import { count, plural } from './format';
import type { RecipeEdits } from './recipePaths';

/** With fewer rows each is needed for training, and a loss over one or two of them says little. */
const fewestRows = 20;
const share = 0.1;
/** So many tell good from bad; more would only make every evaluation longer, and the first comes before the first step. */
const mostHeldOut = 200;

/** The recommended `dataset.validation` for so many usable rows: a tenth, at most 200 rows; {} below 20, where the model's holds. */
export function heldOutOf(usableRows: number): RecipeEdits {
  if (usableRows < fewestRows) return {};
  return { 'dataset.validation': usableRows * share > mostHeldOut ? mostHeldOut : share };
}

/** What is held out for validation, and what follows from it, in a sentence. */
export function heldOutText(
  { usableRows, validationRows }: Pick<DatasetSummary, 'usableRows' | 'validationRows'>,
  { dataset, training }: Recipe,
): string {
  if (validationRows === 0)
    return training.early_stopping_patience === null
      ? 'No rows are held out, so there will be no validation loss; “Rows used” in the data pane sets some aside.'
      : 'No rows are held out, so the run can’t stop early: set some aside under “Rows used” in the data pane.';
  const [are, them] = validationRows === 1 ? ['is', 'it'] : ['are', 'them'];
  const which =
    typeof dataset.validation === 'string'
      ? `${plural(validationRows, 'row')} of ${dataset.validation}`
      : `${plural(validationRows, 'row')} of ${count(usableRows)}`;
  return training.eval_strategy === 'no'
    ? `${which} ${are} held out, but the recipe evaluates nothing: see “Evaluate” among the advanced knobs.`
    : `${which} ${are} held out for validation: the model is tried on ${them} as it trains and never learns ${them}.`;
}
