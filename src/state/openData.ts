/** Opening data with what belongs to it: its changes by hand, its mapping, its held-out files. */
import { create } from 'zustand';
import { TunesmithError } from '../lib/errors';
import { applyEdits, keptFile, openFile, relabelIfNeeded, useDataset } from './datasetStore';
import { keepEdits, setFileRecipe, showHistory } from './editsStore';
import { forgetHeldOut, openHeldOut, restoreHeldOut } from './heldOutStore';
import { plural } from './format';
import { keptRecord, type FileRecord } from './keptEdits';
import { sortedSentence, sortFiles } from './sortFiles';
import { announce, setNotice } from './viewStore';

interface OpeningState {
  /** What was done with several files that came at once, or which changes were found again. */
  said: string;
  /** Files that came along and were not opened. */
  unused: File[];
}

export const useOpening = create<OpeningState>()(() => ({ said: '', unused: [] }));

/** Takes the sentence away. */
export const dismissSaid = (): void => useOpening.setState({ said: '', unused: [] });

/** How often data was chosen. Files arrive later than they are chosen: the last choice counts. */
let openings = 0;

/** Data was chosen; returns whether no other has been since. */
export function beginOpening(): () => boolean {
  const mine = ++openings;
  return () => mine === openings;
}

/** Whether any data was chosen on this visit. */
export const hasBegun = (): boolean => openings > 0;

/** As a fresh page has it (tests). */
export const forgetOpenings = (): void => {
  openings = 0;
};

const openHash = (): string | null => {
  const { status } = useDataset.getState();
  return status.kind === 'ready' ? status.summary.dataHash : null;
};

function welcomeBack(record: FileRecord): void {
  const changes = record.history.past.length;
  if (changes === 0) return;
  const said = `${plural(changes, 'change')} made to this file before ${changes === 1 ? 'is' : 'are'} in force again.`;
  useOpening.setState({ said });
  announce(said);
}

/**
 * Opens a file with the changes and the mapping it had before. Resolves to whether it could be read.
 * @param keep store the file for a refresh. @param isRefresh the recipe is already this file's.
 */
export async function openWithRecord(file: File, keep: boolean, isRefresh = false): Promise<boolean> {
  // By name and size, so that a known file is labelled once; its hash is checked as soon as it is known.
  const record = await keptRecord((one) => one.fileName === file.name && one.sizeBytes === file.size);
  if (!isRefresh) setFileRecipe(record?.recipe ?? {});
  showHistory(record?.history ?? null, record?.dataHash ?? null);
  if (!(await openFile(file, keep, record?.history.edits ?? []))) return false;
  const hash = openHash();
  if (record && record.dataHash === hash) {
    if (!isRefresh) welcomeBack(record);
    return true;
  }
  const known = await keptRecord((one) => one.dataHash === hash);
  showHistory(known?.history ?? null, hash);
  if (!isRefresh && (record ?? known)) setFileRecipe(known?.recipe ?? {});
  if (record ?? known) await applyEdits(known?.history.edits ?? []);
  await relabelIfNeeded();
  if (known && !isRefresh) welcomeBack(known);
  await keepEdits();
  return true;
}

/** Opens a person's own files: one is the data, others are held out by their names. */
export async function openFiles(files: readonly File[], isWanted = beginOpening()): Promise<boolean> {
  const sorted = sortFiles(files);
  if (!sorted.data || !isWanted()) return false;
  const said = sortedSentence(sorted);
  useOpening.setState({ said, unused: sorted.unused });
  if (said !== '') announce(said);
  await forgetHeldOut();
  if (!isWanted() || !(await openWithRecord(sorted.data, true))) return false;
  for (const split of ['validation', 'test'] as const) {
    const file = sorted[split];
    if (file) await openHeldOut(split, file);
  }
  return true;
}

/** Says that a folder can't be read; the data in use stays. */
export function refuseFolder(name: string): void {
  const message = `${name}: a file is needed, got a folder; open the folder and drop the data file itself`;
  setNotice(new TunesmithError('data/is-a-folder', message));
}

/** The file of an earlier visit with all that belongs to it. Resolves to false where there is none and nothing else was chosen. */
export async function restoreData(): Promise<boolean> {
  const isWanted = beginOpening();
  const kept = await keptFile();
  if (!kept) return !isWanted();
  if (!isWanted()) return true;
  await restoreHeldOut();
  if (!isWanted()) return true;
  // Already kept: writing it again would first delete what it is read from.
  await openWithRecord(kept, false, true);
  return true;
}
