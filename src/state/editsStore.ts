/**
 * Changes a person made to the data in use, with undo and redo. They are kept with the file: a refresh, or the same
 * file dropped again, finds them. Every change goes to the data worker, whose new summary is then shown.
 */
import { create } from 'zustand';
import { fromErrorRecord, TunesmithError } from '../lib/errors';
import type { DatasetEdit, FixName, ProblemFix } from '../protocol/edits';
import type { ProblemClass } from '../protocol/rows';
import { applyEdits, relabelIfNeeded, useDataset } from './datasetStore';
import {
  acted,
  appending,
  noHistory,
  redone,
  replacing,
  undone,
  type EditAction,
  type EditHistory,
} from './editHistory';
import { plural } from './format';
import { keepRecord } from './keptEdits';
import { sameValue, valueAt } from './recipePaths';
import { editRecipe, resetRecipe, useRecipe } from './recipeStore';
import { announce, setNotice } from './viewStore';

interface EditsState {
  /** In force, in order. */
  edits: DatasetEdit[];
  canUndo: boolean;
  canRedo: boolean;
  /** What was done to this file, oldest first; the undone ones can be redone. */
  log: { label: string; undone: boolean }[];
}

let history: EditHistory = noHistory();
/** Hash of the data that `history` is of; null while that is not known. */
let historyOf: string | null = null;

const shown = (): EditsState => ({
  edits: history.edits,
  canUndo: history.past.length > 0,
  canRedo: history.future.length > 0,
  log: [
    ...history.past.map(({ label }) => ({ label, undone: false })),
    ...history.future.map(({ label }) => ({ label, undone: true })),
  ],
});

export const useEdits = create<EditsState>()(shown);

/** Recipe paths that say how one file is read; another file starts without them. */
export const filePaths = [
  'dataset.format',
  'dataset.columns',
  'dataset.role_map',
  'dataset.messages_template',
] as const;

/** Sets the recipe's values for one file: those it had, and no others. */
export function setFileRecipe(values: Record<string, unknown>): void {
  const { edits } = useRecipe.getState();
  for (const path of filePaths) {
    if (Object.hasOwn(values, path)) editRecipe(path, values[path]);
    else if (path in edits) resetRecipe(path);
  }
}

/** Values of the recipe that the person set for the present file. */
function fileRecipe(): Record<string, unknown> {
  const { edits } = useRecipe.getState();
  return Object.fromEntries(filePaths.filter((path) => path in edits).map((path) => [path, edits[path]]));
}

/** Takes the history of another file (or none) in place of the present one; nothing is sent to the worker. */
export function showHistory(other: EditHistory | null, dataHash: string | null): void {
  history = other ?? noHistory();
  historyOf = dataHash;
  useEdits.setState(shown());
}

/** Stores what belongs to the file in use. */
export async function keepEdits(): Promise<void> {
  const { status, file } = useDataset.getState();
  if (status.kind !== 'ready' || !file || status.summary.dataHash !== historyOf) return;
  await keepRecord({
    dataHash: historyOf,
    fileName: file.name,
    sizeBytes: file.size,
    history,
    recipe: fileRecipe(),
  });
}

// Whatever the rows were labelled under last belongs to the file.
useDataset.subscribe((now, before) => {
  if (now.version !== before.version) void keepEdits();
});

/** Makes `next` the history in force. `recipe`: values to set with it. On refusal everything is as before. */
async function move(next: EditHistory, recipe: { path: string; value: unknown }[]): Promise<boolean> {
  const before = history;
  const values = recipe.map(({ path }) => ({ path, value: valueAt(useRecipe.getState().recipe, path) }));
  const problem = recipe.map(({ path, value }) => editRecipe(path, value)).find((one) => one !== null);
  if (problem !== undefined) {
    for (const { path, value } of values) editRecipe(path, value);
    setNotice(
      new TunesmithError(
        'recipe/invalid',
        `the fix: a value that fits the recipe is needed, got ${problem}; set it by hand`,
      ),
    );
    return false;
  }
  const { status } = useDataset.getState();
  if (status.kind === 'ready') historyOf ??= status.summary.dataHash;
  history = next;
  useEdits.setState(shown());
  const kept = keepEdits();
  if (next.edits === before.edits) {
    await relabelIfNeeded();
  } else {
    const refusal = await applyEdits(next.edits);
    if (refusal && history === next) {
      history = before;
      useEdits.setState(shown());
      for (const { path, value } of values) editRecipe(path, value);
      await applyEdits(before.edits);
      void keepEdits();
      setNotice(fromErrorRecord(refusal));
      return false;
    }
  }
  await kept;
  return true;
}

async function act(action: EditAction): Promise<boolean> {
  const done = await move(
    acted(history, action),
    action.recipe.map(({ path, after }) => ({ path, value: after })),
  );
  if (done) announce(`${action.label}.`);
  return done;
}

/** Adds a change by hand. @param label what was done, in the past tense: "Masked 3 words of row 12". */
export async function addEdit(edit: DatasetEdit, label: string): Promise<boolean> {
  return act(appending(history, edit, label));
}

/** Adds several changes as one action: one undo takes them all back. Resolves to whether there was something to do. */
export async function addEdits(added: DatasetEdit[], label: string): Promise<boolean> {
  if (added.length === 0) return false;
  return act({ label, at: history.edits.length, removed: [], added, recipe: [] });
}

/** Takes the changes that `match` away, as one action. Resolves to whether there was one. */
export async function removeEdits(match: (edit: DatasetEdit) => boolean, label: string): Promise<boolean> {
  if (!history.edits.some(match)) return false;
  return act(replacing(history, match, null, label));
}

const fixLabels: Record<FixName, (rows: string) => string> = {
  drop_row: (rows) => `Left out ${rows}`,
  merge_turns: (rows) => `Joined neighbouring turns in ${rows}`,
  drop_empty_turns: (rows) => `Removed empty turns from ${rows}`,
  drop_unanswered: (rows) => `Removed unanswered turns from ${rows}`,
  trim: (rows) => `Trimmed ${rows}`,
  escape_control_tokens: (rows) => `Escaped control tokens in ${rows}`,
};

/** Applies a fix to every row of its class (or to `rows`): an edit of the data, or a setting of the recipe. */
export async function applyFix(fix: ProblemFix, problem: ProblemClass, rows: number[] | null = null): Promise<boolean> {
  if (fix.kind === 'edit') {
    const label = fixLabels[fix.fix](plural(rows?.length ?? problem.count, 'row'));
    return addEdit({ kind: 'fix', fix: fix.fix, code: problem.code, rows }, label);
  }
  const before = valueAt(useRecipe.getState().recipe, fix.path);
  if (sameValue(before, fix.value)) return false;
  return act({
    label: fix.label,
    at: history.edits.length,
    removed: [],
    added: [],
    recipe: [{ path: fix.path, before, after: fix.value }],
  });
}

/** Leaves out rows shorter than `min` or longer than `max` tokens; both null takes the filter away. */
export async function setLengthFilter(min: number | null, max: number | null): Promise<boolean> {
  const present = lengthFilter(history.edits);
  if (present.min === min && present.max === max) return false;
  const edit: DatasetEdit | null = min === null && max === null ? null : { kind: 'length', min, max };
  const words = [min === null ? '' : `from ${min}`, max === null ? '' : `up to ${max}`].filter(Boolean).join(' ');
  const label = edit ? `Kept rows ${words} tokens long` : 'Took the length filter away';
  return act(replacing(history, ({ kind }) => kind === 'length', edit, label));
}

/** The length filter in force; null where there is no bound. */
export function lengthFilter(edits: DatasetEdit[]): { min: number | null; max: number | null } {
  const found = edits.findLast((edit) => edit.kind === 'length');
  return { min: found?.min ?? null, max: found?.max ?? null };
}

/** Takes the last action back. Resolves to whether there was one. */
export async function undo(): Promise<boolean> {
  const action = history.past.at(-1);
  if (!action) return false;
  const done = await move(
    undone(history),
    action.recipe.map(({ path, before }) => ({ path, value: before })),
  );
  if (done) announce(`Undone: ${action.label}.`);
  return done;
}

/** Does the last undone action again. Resolves to whether there was one. */
export async function redo(): Promise<boolean> {
  const [action] = history.future;
  if (!action) return false;
  const done = await move(
    redone(history),
    action.recipe.map(({ path, after }) => ({ path, value: after })),
  );
  if (done) announce(`Done again: ${action.label}.`);
  return done;
}
