/** Changes of a data set as a line of actions that can be walked back and forth. Pure. */
import type { DatasetEdit } from '../protocol/edits';

/** A value of the recipe that an action set. */
export interface RecipeChange {
  path: string;
  before: unknown;
  after: unknown;
}

/** One thing a person did: a splice of the edit list, values of the recipe, or both. */
export interface EditAction {
  /** What was done, for a person: "Trimmed 14 rows". */
  label: string;
  at: number;
  removed: DatasetEdit[];
  added: DatasetEdit[];
  recipe: RecipeChange[];
}

export interface EditHistory {
  /** What is in force, in order. */
  edits: DatasetEdit[];
  /** Actions done, oldest first. */
  past: EditAction[];
  /** Actions undone, the next to redo first. */
  future: EditAction[];
}

/** Actions that can be undone; the oldest beyond them stay in force for good. */
const historyLimit = 1000;

export const noHistory = (): EditHistory => ({ edits: [], past: [], future: [] });

const spliced = (edits: DatasetEdit[], at: number, gone: number, added: DatasetEdit[]): DatasetEdit[] => [
  ...edits.slice(0, at),
  ...added,
  ...edits.slice(at + gone),
];

/** An action that adds one edit behind all others. */
export const appending = ({ edits }: EditHistory, edit: DatasetEdit, label: string): EditAction => ({
  label,
  at: edits.length,
  removed: [],
  added: [edit],
  recipe: [],
});

/** An action that puts `edit` in place of those that `match`, or takes them away (null). */
export function replacing(
  { edits }: EditHistory,
  match: (edit: DatasetEdit) => boolean,
  edit: DatasetEdit | null,
  label: string,
): EditAction {
  const first = edits.findIndex(match);
  const at = first < 0 ? edits.length : first;
  const removed = edits.slice(at);
  const kept = removed.filter((one) => !match(one));
  return { label, at, removed, added: edit ? [edit, ...kept] : kept, recipe: [] };
}

/** The history after an action; what had been undone is gone. */
export const acted = ({ edits, past }: EditHistory, action: EditAction): EditHistory => ({
  edits: spliced(edits, action.at, action.removed.length, action.added),
  past: [...past, action].slice(-historyLimit),
  future: [],
});

/** One action back; the same history when there is none. */
export function undone(history: EditHistory): EditHistory {
  const action = history.past.at(-1);
  if (!action) return history;
  return {
    edits: spliced(history.edits, action.at, action.added.length, action.removed),
    past: history.past.slice(0, -1),
    future: [action, ...history.future],
  };
}

/** One action forward; the same history when there is none. */
export function redone(history: EditHistory): EditHistory {
  const [action, ...rest] = history.future;
  if (!action) return history;
  return {
    edits: spliced(history.edits, action.at, action.removed.length, action.added),
    past: [...history.past, action],
    future: rest,
  };
}
