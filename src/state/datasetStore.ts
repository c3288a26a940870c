/** The file in use: opened, judged and labelled in the data worker; here its summary and the rows that are on screen. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { DataProgress } from '../protocol/dataApi';
import type { DatasetSummary, RowView } from '../protocol/rows';
import { forgetFolder, keepFolder, keptFolder } from '../storage/keep';
import { callback, clients } from './clients';
import { plural } from './format';
import { labelKey } from './recipePaths';
import { acceptBrokenRows, setSampleRecommendation, useRecipe } from './recipeStore';
import { announce } from './viewStore';

export type DatasetStatus =
  | { kind: 'empty' }
  | { kind: 'reading'; fileName: string; progress: DataProgress | null; secondsLeft: number | null }
  /** `refusal`: why the rows could not be labelled under the present recipe; those shown are of the one before. */
  | { kind: 'ready'; summary: DatasetSummary; relabelling: boolean; refusal: ErrorRecord | null }
  | { kind: 'failed'; fileName: string; error: ErrorRecord };

interface DatasetState {
  status: DatasetStatus;
  file: File | null;
  /** Row whose tokens are shown. */
  selected: number;
  /** Rows that have arrived, by number; replaced when any arrives. */
  rows: ReadonlyMap<number, RowView>;
}

const nothing = { status: { kind: 'empty' }, file: null, selected: 0, rows: new Map() } satisfies DatasetState;
export const useDataset = create<DatasetState>()(() => nothing);

/** Rows per request to the worker. */
const pageRows = 40;
const keptName = 'data-file';
const requested = new Set<number>();
/** Grows with every opening and relabelling: replies that belong to an older one are dropped. */
let generation = 0;
let labelledUnder = '';

function showRows(summary: DatasetSummary, select: number): void {
  requested.clear();
  const selected = Math.min(select, Math.max(0, summary.rows - 1));
  useDataset.setState({
    status: { kind: 'ready', summary, relabelling: false, refusal: null },
    rows: new Map(),
    selected,
  });
  needRows(0, pageRows - 1);
  needRows(selected, selected);
}

/**
 * Opens a file in place of the present one. Resolves to whether it could be read.
 * @param keep store the file, so that a refresh finds it (a person's file; samples are a fetch away).
 */
export async function openFile(file: File, keep: boolean): Promise<boolean> {
  const mine = ++generation;
  if (keep) setSampleRecommendation({});
  // Consent is to one file's broken rows; the same file read again (another model) keeps it.
  if (file !== useDataset.getState().file) acceptBrokenRows(0);
  const { recipe } = useRecipe.getState();
  const started = performance.now();
  useDataset.setState({
    status: { kind: 'reading', fileName: file.name, progress: null, secondsLeft: null },
    file,
  });
  try {
    const summary = await clients().data.openDataset(
      file,
      recipe,
      callback((progress: DataProgress) => {
        const { status } = useDataset.getState();
        if (mine !== generation || status.kind !== 'reading') return;
        const share = progress.totalBytes > 0 ? progress.doneBytes / progress.totalBytes : 0;
        const seconds = (performance.now() - started) / 1000;
        const secondsLeft = share > 0.05 ? (seconds / share) * (1 - share) : null;
        useDataset.setState({ status: { ...status, progress, secondsLeft } });
      }),
    );
    if (mine !== generation) return false;
    labelledUnder = labelKey(recipe);
    showRows(summary, 0);
    announce(
      `${summary.fileName}: ${plural(summary.rows, 'row')}, ${plural(summary.usableRows, 'usable row')}, ${plural(summary.brokenRows, 'broken row')}.`,
    );
    if (keep) void keepFolder(keptName, [{ name: file.name, bytes: file }], null);
    // The recipe may have changed while the file was read.
    void relabelIfNeeded();
    return true;
  } catch (error) {
    if (mine === generation) {
      labelledUnder = labelKey(recipe);
      useDataset.setState({ status: { kind: 'failed', fileName: file.name, error: toErrorRecord(error) } });
    }
    return false;
  }
}

/** Stops reading; what was shown before stays away, since it is no longer what the worker holds. */
export async function cancelReading(): Promise<void> {
  generation += 1;
  useDataset.setState({ ...nothing });
  await clients().data.cancel();
}

let relabelling = false;

/** Labels the rows anew when the recipe changed what they depend on; one at a time, the newest recipe wins. */
export async function relabelIfNeeded(): Promise<void> {
  const { status, file } = useDataset.getState();
  const { recipe } = useRecipe.getState();
  const key = labelKey(recipe);
  if (relabelling || key === labelledUnder) return;
  if (status.kind === 'failed' && file) {
    // The recipe may have been what was wrong.
    await openFile(file, false);
    return;
  }
  if (status.kind !== 'ready') return;
  relabelling = true;
  labelledUnder = key;
  const mine = generation;
  try {
    useDataset.setState({ status: { ...status, relabelling: true } });
    const summary = await clients().data.relabel(
      recipe,
      callback(() => undefined),
    );
    if (mine !== generation) return;
    generation += 1;
    showRows(summary, useDataset.getState().selected);
  } catch (error) {
    if (mine === generation) {
      useDataset.setState({ status: { ...status, relabelling: false, refusal: toErrorRecord(error) } });
    }
  } finally {
    relabelling = false;
  }
  await relabelIfNeeded();
}

/** Asks for the rows from … to (inclusive) that have not been asked for yet. */
export function needRows(from: number, to: number): void {
  const { status } = useDataset.getState();
  if (status.kind !== 'ready') return;
  const mine = generation;
  const lastPage = Math.floor(Math.min(to, status.summary.rows - 1) / pageRows);
  for (let page = Math.floor(Math.max(0, from) / pageRows); page <= lastPage; page++) {
    if (requested.has(page)) continue;
    requested.add(page);
    clients()
      .data.rows(page * pageRows, pageRows)
      .then((views) => {
        if (mine !== generation) return;
        useDataset.setState((state) => ({
          rows: new Map([...state.rows, ...views.map((view) => [view.row, view] as const)]),
        }));
      })
      .catch((error: unknown) => {
        if (mine !== generation) return;
        useDataset.setState({
          status: { kind: 'failed', fileName: status.summary.fileName, error: toErrorRecord(error) },
        });
      });
  }
}

/** Shows a row's tokens. */
export function selectRow(row: number): void {
  const { status } = useDataset.getState();
  if (status.kind !== 'ready' || status.summary.rows === 0) return;
  const selected = Math.max(0, Math.min(row, status.summary.rows - 1));
  needRows(selected, selected);
  useDataset.setState({ selected });
}

/** The file of an earlier visit, if one was dropped. */
export async function keptFile(): Promise<File | null> {
  const kept = (await keptFolder(keptName))?.files[0];
  return kept ? new File([kept.file], kept.name) : null;
}

export const forgetFile = (): Promise<void> => forgetFolder(keptName);
