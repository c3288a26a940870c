/** Settings from elsewhere (a file, a link, an earlier run): shown as what they would change, then applied, and undone. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { Recipe } from '../recipe/schema';
import { filePaths } from './editsStore';
import { sameValue, valueAt, type RecipeEdits } from './recipePaths';
import { editMany, isSetElsewhere, restoreEdits, useRecipe } from './recipeStore';
import { recipeDiff, type DiffRow } from './runs/recipeDiff';
import { announce } from './viewStore';

export interface Proposal {
  /** Where it comes from: a file's name, "a link", "run NAME". */
  from: string;
  /** What it would change; values are the present one, then the proposed one. [] where nothing differs. */
  rows: DiffRow[];
  /** What of it stays as it is here, and why. */
  notes: string[];
}

interface ProposalState {
  proposal: Proposal | null;
  /** What was applied last, while it can be undone. */
  applied: Proposal | null;
  /** Why settings from elsewhere could not be read. */
  error: ErrorRecord | null;
}

const nothing: ProposalState = { proposal: null, applied: null, error: null };
export const useProposal = create<ProposalState>()(() => nothing);

interface Proposed {
  from: string;
  /** The whole recipe; `present` says what is not proposed. */
  recipe: (present: Recipe) => Recipe;
  /** How a file is read belongs to that file: false keeps what is in force here. */
  sameData: boolean;
  notes?: string[];
}

/** What `proposal` was made from, and the person's edits when it was applied. */
let pending: Proposed | null = null;
let before: RecipeEdits | null = null;

/** Splits that are named by a file of the person who chose it. */
const splitPaths = ['dataset.validation', 'dataset.test'] as const;

function compared({ from, recipe: proposed, sameData, notes = [] }: Proposed): Proposal {
  const present = useRecipe.getState().recipe;
  const recipe = proposed(present);
  const kept = new Set<string>(sameData ? [] : filePaths);
  const said = [...notes];
  if (notes.length === 0 && recipe.model.id !== present.model.id)
    said.push(`It was made for the model ${recipe.model.id}; the model in use stays.`);
  for (const path of splitPaths) {
    const name = valueAt(recipe, path);
    if (typeof name !== 'string' || name === valueAt(present, path)) continue;
    kept.add(path);
    said.push(`It holds out the file ${name}; open that file here by hand.`);
  }
  const rows = recipeDiff([present, recipe]).filter(({ path }) => !isSetElsewhere(path) && !kept.has(path));
  return { from, rows, notes: said };
}

/** Shows what a recipe would change, also where another model or file changes the one in force meanwhile. */
export function propose(proposed: Proposed): void {
  pending = proposed;
  useProposal.setState({ ...nothing, proposal: compared(proposed) });
}

useRecipe.subscribe(() => {
  if (pending) useProposal.setState({ proposal: compared(pending) });
});

/** Shows why settings from elsewhere can't be read. */
export function refuseProposal(error: unknown): void {
  pending = null;
  useProposal.setState({ ...nothing, error: toErrorRecord(error) });
}

/** Puts the proposed values in force. */
export function applyProposal(): void {
  const { proposal } = useProposal.getState();
  if (!proposal) return;
  pending = null;
  before = useRecipe.getState().edits;
  editMany(Object.fromEntries(proposal.rows.map(({ path, values }) => [path, values[1]])));
  useProposal.setState({ ...nothing, applied: proposal });
  announce(`The settings of ${proposal.from} are in force. This can be undone.`);
}

/** Takes away what is shown; settings that were applied stay. */
export function dismissProposal(): void {
  pending = null;
  before = null;
  useProposal.setState(nothing);
}

/** What the last proposal set is as it was before; what was set by hand since then stays. */
export function undoProposal(): void {
  const { applied } = useProposal.getState();
  const { recipe, edits } = useRecipe.getState();
  const next = { ...edits };
  for (const { path, values } of applied?.rows ?? []) {
    if (!sameValue(valueAt(recipe, path), values[1])) continue;
    if (before && path in before) next[path] = before[path];
    else delete next[path];
  }
  restoreEdits(next);
  dismissProposal();
  announce('The settings are those of before.');
}
