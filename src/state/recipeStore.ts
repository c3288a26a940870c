/**
 * The recipe in force: schema defaults ⊕ what the model recommends ⊕ what the data recommends (the sample set's own values, or what
 * suits as many rows as a person's file has) ⊕ what the person edited ⊕ their consent to train without broken rows. "Default" on the
 * page means the first three.
 */
import { create } from 'zustand';
import { defaultRecipe, type Recipe } from '../recipe/schema';
import { readSetting, writeSetting } from '../storage/settings';
import { heldOutOf } from './heldOutShare';
import { knobGroups } from './recipeKnobs';
import { differences, leaves, mergeRecipe, problemAt, sameValue, valueAt, type RecipeEdits } from './recipePaths';

interface RecipeState {
  recommended: Recipe;
  edits: RecipeEdits;
  /** Broken rows of the present file that the person agreed to train without. */
  acceptedBrokenRows: number;
  /** What training uses. */
  recipe: Recipe;
  /** Paths where the recipe differs from the recommended one by the person's hand. */
  changed: string[];
}

/** Values that are not a person's to edit: the model in use sets them. */
const setElsewhere = new Set(
  knobGroups.flatMap(({ knobs }) => knobs.filter(({ setBy }) => setBy !== undefined).map(({ path }) => path)),
);

let fromModel: RecipeEdits = {};
/** Null: the data is a person's own. */
let fromSample: RecipeEdits | null = null;
let fromRows: RecipeEdits = {};

function derive(edits: RecipeEdits, acceptedBrokenRows: number, model = fromModel): RecipeState {
  let recommended = defaultRecipe();
  for (const layer of [model, fromSample ?? fromRows]) {
    try {
      recommended = mergeRecipe(recommended, layer);
    } catch {
      // A recommendation that the schema refuses is left out; the person's own edits are checked one by one.
    }
  }
  // Stored edits may come from an older version: keep those that still fit.
  const fitting = Object.fromEntries(
    Object.entries(edits).filter(
      ([path, value]) => path in leaves(recommended) && !setElsewhere.has(path) && !problemAt(recommended, path, value),
    ),
  );
  const chosen = mergeRecipe(recommended, fitting);
  const allowed = Math.max(chosen.dataset.max_rows_in_error, acceptedBrokenRows);
  return {
    recommended,
    edits: fitting,
    acceptedBrokenRows,
    recipe: mergeRecipe(chosen, { 'dataset.max_rows_in_error': allowed }),
    changed: differences(chosen, recommended),
  };
}

export const useRecipe = create<RecipeState>()(() => derive({}, 0));

function update(edits: RecipeEdits): void {
  useRecipe.setState((state) => derive(edits, state.acceptedBrokenRows));
  writeSetting('recipeEdits', useRecipe.getState().edits);
}

/** Takes back the edits of an earlier visit. */
export function restoreRecipe(): void {
  const stored = readSetting('recipeEdits', {});
  if (typeof stored === 'object' && stored !== null) update(stored as RecipeEdits);
}

/** The recipe as it would be with a model that recommends nothing, as those of a hub. */
export function recipeOfOtherModel(): Recipe {
  const { edits, acceptedBrokenRows } = useRecipe.getState();
  return derive(edits, acceptedBrokenRows, {}).recipe;
}

export function setModelRecommendation(layer: RecipeEdits): void {
  if (sameValue(layer, fromModel)) return;
  fromModel = layer;
  useRecipe.setState((state) => derive(state.edits, state.acceptedBrokenRows));
}

/** What the sample set in use recommends; null for a person's own file. */
export function setSampleRecommendation(layer: RecipeEdits | null): void {
  if (sameValue(layer, fromSample)) return;
  fromSample = layer;
  useRecipe.setState((state) => derive(state.edits, state.acceptedBrokenRows));
}

/** What suits a person's own file of so many usable rows; a sample set has its own recommendation. */
export function recommendForRows(usableRows: number): void {
  const layer = heldOutOf(usableRows);
  if (sameValue(layer, fromRows)) return;
  fromRows = layer;
  if (fromSample === null) useRecipe.setState((state) => derive(state.edits, state.acceptedBrokenRows));
}

/** Sets one knob. Returns why the value does not fit, or null when it was taken. */
export function editRecipe(path: string, value: unknown): string | null {
  const { recommended, edits } = useRecipe.getState();
  const problem = problemAt(recommended, path, value);
  if (problem) return problem;
  const next = { ...edits };
  if (sameValue(value, valueAt(recommended, path))) delete next[path];
  else next[path] = value;
  update(next);
  return null;
}

/** Sets many knobs at once, to values that fit together; those that a model in use sets are left alone. */
export function editMany(values: RecipeEdits): void {
  const { recommended, edits } = useRecipe.getState();
  const next = { ...edits };
  for (const [path, value] of Object.entries(values)) {
    if (sameValue(value, valueAt(recommended, path))) delete next[path];
    else next[path] = value;
  }
  update(next);
}

/** Puts the person's edits of another moment back in force. */
export const restoreEdits = (edits: RecipeEdits): void => update(edits);

/** Whether the model in use sets the value at a path. */
export const isSetElsewhere = (path: string): boolean => setElsewhere.has(path);

/** Back to the recommended value: one knob, or all. */
export function resetRecipe(path?: string): void {
  if (path === undefined) {
    update({});
    return;
  }
  const next = { ...useRecipe.getState().edits };
  delete next[path];
  update(next);
}

/** The person's consent to train without `rows` broken rows; 0 takes it back. */
export function acceptBrokenRows(rows: number): void {
  if (rows === useRecipe.getState().acceptedBrokenRows) return;
  useRecipe.setState((state) => derive(state.edits, rows));
}
