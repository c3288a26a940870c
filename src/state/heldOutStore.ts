/** Validation and test files of their own: opened beside the data, named in the recipe, kept for a refresh. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { DataProgress } from '../protocol/dataApi';
import type { DatasetSummary } from '../protocol/rows';
import { keptFolder } from '../storage/keep';
import { callback, clients } from './clients';
import { inLine, refreshSummary, relabelIfNeeded, useDataset } from './datasetStore';
import { plural } from './format';
import { forgetInTurn, keepInTurn } from './keepInTurn';
import { mergeRecipe, valueAt } from './recipePaths';
import { editRecipe, resetRecipe, useRecipe } from './recipeStore';
import type { HeldOutSplit } from './sortFiles';
import { announce } from './viewStore';

export interface HeldOut {
  file: File;
  status:
    | { kind: 'reading'; progress: DataProgress | null }
    | { kind: 'ready'; summary: DatasetSummary }
    | { kind: 'failed'; error: ErrorRecord };
}

/** Of the file that is held out, once it was read. */
export const heldOutHash = (held: HeldOut | null): string | null =>
  held?.status.kind === 'ready' ? held.status.summary.dataHash : null;

type HeldOutState = Record<HeldOutSplit, HeldOut | null>;

export const heldOutSplits = ['validation', 'test'] as const;
export const useHeldOut = create<HeldOutState>()(() => ({ validation: null, test: null }));

const keptName = (split: HeldOutSplit): string => `${split}-file`;
const pathOf = (split: HeldOutSplit): string => `dataset.${split}`;
/** The file that was held out last beside the present data: a recipe that names it again gets it again. */
const lastHeld: Record<HeldOutSplit, File | null> = { validation: null, test: null };

/** Reads a held-out file into the worker under the present recipe. Resolves to whether that worked. */
async function read(split: HeldOutSplit, file: File): Promise<boolean> {
  const isCurrent = (): boolean => useHeldOut.getState()[split]?.file === file;
  const show = (status: HeldOut['status']): void => {
    if (isCurrent()) useHeldOut.setState({ [split]: { file, status } });
  };
  useHeldOut.setState({ [split]: { file, status: { kind: 'reading', progress: null } } });
  try {
    const recipe = mergeRecipe(useRecipe.getState().recipe, { [pathOf(split)]: file.name });
    const onProgress = callback((progress: DataProgress) => {
      if (useHeldOut.getState()[split]?.status.kind === 'reading') show({ kind: 'reading', progress });
    });
    const summary = await inLine(() => clients().data.openHeldOut(split, file, recipe, onProgress));
    if (!isCurrent() || !summary) return false;
    show({ kind: 'ready', summary });
    return true;
  } catch (error) {
    show({ kind: 'failed', error: toErrorRecord(error) });
    return false;
  }
}

/** Holds a file out for validation or test, in place of a share of the data. Resolves to whether it could be read. */
export async function openHeldOut(split: HeldOutSplit, file: File): Promise<boolean> {
  if (!(await read(split, file))) return false;
  lastHeld[split] = file;
  const named = useRecipe.getState().recipe.dataset[split] === file.name;
  editRecipe(pathOf(split), file.name);
  await (named ? refreshSummary() : relabelIfNeeded());
  const state = useHeldOut.getState()[split];
  if (state?.status.kind === 'ready') {
    announce(`${file.name}: ${plural(state.status.summary.usableRows, 'usable row')} held out for ${split}.`);
  }
  void keepInTurn(keptName(split), [{ name: file.name, bytes: file }], null);
  return true;
}

/** Goes back to a share or number of the data's own rows; `value` undefined is the recommended one. */
export async function holdOutShare(split: HeldOutSplit, value?: number): Promise<void> {
  await dropHeldOut(split);
  if (value === undefined) resetRecipe(pathOf(split));
  else editRecipe(pathOf(split), value);
  await relabelIfNeeded();
}

async function dropHeldOut(split: HeldOutSplit): Promise<void> {
  if (!useHeldOut.getState()[split]) return;
  useHeldOut.setState({ [split]: null });
  void forgetInTurn(keptName(split));
  const { recipe } = useRecipe.getState();
  const nobody = callback(() => undefined);
  await inLine(() => clients().data.openHeldOut(split, null, recipe, nobody)).catch(() => {
    // Without an open data set there is nothing to take away.
  });
}

/** Takes both files away, and their names out of the recipe: other data is being opened. */
export async function forgetHeldOut(): Promise<void> {
  for (const split of heldOutSplits) {
    lastHeld[split] = null;
    await dropHeldOut(split);
    if (typeof valueAt(useRecipe.getState().recipe, pathOf(split)) === 'string') resetRecipe(pathOf(split));
  }
}

/** Finds the files of an earlier visit; they are read when the data is open. */
export async function restoreHeldOut(): Promise<void> {
  for (const split of heldOutSplits) {
    const kept = (await keptFolder(keptName(split)))?.files[0];
    if (kept && useRecipe.getState().recipe.dataset[split] === kept.name) {
      const file = new File([kept.file], kept.name);
      lastHeld[split] = file;
      useHeldOut.setState({ [split]: { file, status: { kind: 'reading', progress: null } } });
    } else if (typeof useRecipe.getState().recipe.dataset[split] === 'string') {
      // The recipe names a file that is gone.
      resetRecipe(pathOf(split));
    }
  }
}

// Data opened anew (a refresh, another model, a worker that was restarted): the worker has to be given the files again.
useDataset.subscribe((now, before) => {
  if (before.status.kind !== 'reading' || now.status.kind !== 'ready') return;
  void (async () => {
    let count = 0;
    for (const split of heldOutSplits) {
      const held = useHeldOut.getState()[split];
      if (held && (await read(split, held.file))) count += 1;
      await followName(split);
    }
    if (count > 0) await refreshSummary();
  })();
});

/**
 * Holds out what the recipe says. The worker measures on a file for as long as it has one: where the recipe has gone back to a
 * share (all knobs reset, another recipe applied), rows would be held out that nobody measures on.
 */
async function followName(split: HeldOutSplit): Promise<void> {
  const named = useRecipe.getState().recipe.dataset[split];
  const held = useHeldOut.getState()[split];
  const last = lastHeld[split];
  if (held && held.file.name !== named && held.status.kind !== 'reading') {
    await dropHeldOut(split);
    await refreshSummary();
  } else if (!held && last?.name === named) await openHeldOut(split, last);
}

useRecipe.subscribe((now, before) => {
  for (const split of heldOutSplits)
    if (now.recipe.dataset[split] !== before.recipe.dataset[split]) void followName(split);
});
