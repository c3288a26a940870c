/** The file in use: opened, judged and labelled in the data worker; here its summary and the rows that are on screen. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { DataProgress, EditProgress } from '../protocol/dataApi';
import type { DatasetEdit } from '../protocol/edits';
import type { DatasetSummary, RowView } from '../protocol/rows';
import { keptFolder } from '../storage/keep';
import { callback, clients } from './clients';
import { plural } from './format';
import { forgetInTurn, keepInTurn } from './keepInTurn';
import { labelKey } from './recipePaths';
import { acceptBrokenRows, recommendForRows, setSampleRecommendation, useRecipe } from './recipeStore';
import { pageOf, pageRows, pagesToDrop, withPage } from './rowCache';
import { announce } from './viewStore';

export type DatasetStatus =
  | { kind: 'empty' }
  | { kind: 'reading'; fileName: string; progress: DataProgress | null; secondsLeft: number | null }
  /** `refusal`: why the rows could not be labelled under the present recipe; those shown are of the one before. */
  | { kind: 'ready'; summary: DatasetSummary; relabelling: boolean; refusal: ErrorRecord | null }
  | { kind: 'failed'; fileName: string; error: ErrorRecord };

/** How far labelling anew has come. */
export interface LabelProgress {
  rows: number;
  /** 0 to 1. */
  share: number;
}

interface DatasetState {
  status: DatasetStatus;
  file: File | null;
  /** Row whose tokens are shown. */
  selected: number;
  /** Rows that have arrived, by number; replaced when any arrives. Those far from sight are let go. */
  rows: ReadonlyMap<number, RowView>;
  /** The first page, replaced only when it changes: for those who need a few rows, whatever is in sight. */
  firstRows: readonly RowView[];
  /** Grows when the rows in the worker changed: what is in sight has to be asked for again. */
  version: number;
  /** Bytes per second while a file is read. */
  rate: number | null;
  /** How far a relabelling is. */
  progress: LabelProgress | null;
}

const nothing = {
  status: { kind: 'empty' },
  file: null,
  selected: 0,
  rows: new Map(),
  firstRows: [],
  version: 0,
  rate: null,
  progress: null,
} satisfies DatasetState;
export const useDataset = create<DatasetState>()(() => nothing);

const keptName = 'data-file';
/** Keys of requests that were sent and whose rows are still here. */
const requested = new Set<number>();
/** To be fetched whatever is in sight, and what is in sight now. */
let pinned: RowRequest[] = [];
let wanted: RowRequest[] = [];
let inFlight = 0;
const maxInFlight = 2;
let inSight: readonly number[] = [0];
/** Grows with every opening and relabelling: replies that belong to an older one are dropped. */
let generation = 0;
let labelledUnder = '';
/** Changes by hand: those the page wants, and those the worker has. */
let wantedEdits: DatasetEdit[] = [];
let appliedEdits: DatasetEdit[] = wantedEdits;
const refusedEdits = new WeakMap<DatasetEdit[], ErrorRecord>();

/** Shows what the worker now holds. Rows on screen stay until their new ones arrive. */
export function showSummary(summary: DatasetSummary, select = useDataset.getState().selected): void {
  const { status, rows, version } = useDataset.getState();
  const isSame =
    status.kind === 'ready' && status.summary.dataHash === summary.dataHash && status.summary.rows === summary.rows;
  generation += 1;
  requested.clear();
  pinned = [];
  wanted = [];
  const selected = Math.max(0, Math.min(select, summary.rows - 1));
  useDataset.setState({
    status: { kind: 'ready', summary, relabelling: false, refusal: null },
    rows: isSame ? rows : new Map(),
    ...(isSame ? {} : { firstRows: [] }),
    selected,
    version: version + 1,
    progress: null,
  });
  needPage(0);
  needPage(pageOf(selected));
  // A recipe that changes with it has the rows split anew.
  recommendForRows(summary.usableRows);
}

/** Progress of reading `fileName`, with rate and time left, as long as `isCurrent`. */
function readingProgress(isCurrent: () => boolean): (progress: DataProgress) => void {
  const started = performance.now();
  return callback((progress: DataProgress) => {
    const { status } = useDataset.getState();
    if (!isCurrent() || status.kind !== 'reading') return;
    const share = progress.totalBytes > 0 ? progress.doneBytes / progress.totalBytes : 0;
    const seconds = (performance.now() - started) / 1000;
    const secondsLeft = share > 0.05 ? (seconds / share) * (1 - share) : null;
    const rate = seconds > 0.3 ? progress.doneBytes / seconds : null;
    useDataset.setState({ status: { ...status, progress, secondsLeft }, rate });
  });
}

/**
 * Opens a file in place of the present one. Resolves to whether it could be read.
 * @param keep store the file, so that a refresh finds it (a person's file; samples are a fetch away).
 * @param edits changes by hand that belong to it; the same file read again keeps those it has.
 */
export async function openFile(file: File, keep: boolean, edits?: DatasetEdit[]): Promise<boolean> {
  const mine = ++generation;
  if (keep) setSampleRecommendation(null);
  const isAnother = file !== useDataset.getState().file;
  // Consent is to one file's broken rows; the same file read again (another model) keeps it.
  if (isAnother) acceptBrokenRows(0);
  wantedEdits = edits ?? (isAnother ? [] : wantedEdits);
  const sent = wantedEdits;
  const { recipe } = useRecipe.getState();
  useDataset.setState({
    status: { kind: 'reading', fileName: file.name, progress: null, secondsLeft: null },
    file,
    rate: null,
  });
  try {
    const summary = await clients().data.openDataset(
      file,
      recipe,
      readingProgress(() => mine === generation),
      sent,
    );
    if (mine !== generation) return false;
    labelledUnder = labelKey(recipe);
    appliedEdits = sent;
    showSummary(summary, 0);
    announce(
      `${summary.fileName}: ${plural(summary.rows, 'row')}, ${plural(summary.usableRows, 'usable row')}, ${plural(summary.brokenRows, 'broken row')}.`,
    );
    if (keep) void keepInTurn(keptName, [{ name: file.name, bytes: file }], null);
    // The recipe may have changed while the file was read.
    void relabelIfNeeded();
    return true;
  } catch (error) {
    if (mine === generation) {
      labelledUnder = labelKey(recipe);
      appliedEdits = sent;
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

/** Stops labelling anew: the rows stay as they were labelled before, and the pane says so. */
export const stopLabelling = (): Promise<void> => clients().data.cancel();

/** One order to the worker; resolves to whether there was anything to do. */
async function catchUp(): Promise<boolean> {
  const { status, file } = useDataset.getState();
  const { recipe } = useRecipe.getState();
  const key = labelKey(recipe);
  if (status.kind === 'failed' && file && key !== labelledUnder) {
    // The recipe may have been what was wrong.
    await openFile(file, false);
    return true;
  }
  const edits = wantedEdits;
  if (status.kind !== 'ready' || (key === labelledUnder && edits === appliedEdits)) return false;
  const mine = generation;
  const isEdit = edits !== appliedEdits;
  useDataset.setState({ status: { ...status, relabelling: true } });
  try {
    if (isEdit) appliedEdits = edits;
    else labelledUnder = key;
    const summary = isEdit
      ? await clients().data.setEdits(
          edits,
          callback(({ doneRows, totalRows }: EditProgress) => {
            if (mine === generation) useDataset.setState({ progress: { rows: doneRows, share: doneRows / totalRows } });
          }),
        )
      : await clients().data.relabel(
          recipe,
          callback(({ rows, doneBytes, totalBytes }: DataProgress) => {
            if (mine === generation) useDataset.setState({ progress: { rows, share: doneBytes / (totalBytes || 1) } });
          }),
        );
    if (mine === generation) showSummary(summary);
  } catch (error) {
    if (isEdit) refusedEdits.set(edits, toErrorRecord(error));
    if (mine === generation) {
      const refusal = isEdit ? status.refusal : toErrorRecord(error);
      useDataset.setState({ status: { ...status, relabelling: false, refusal }, progress: null });
    }
  }
  return true;
}

let line: Promise<unknown> = Promise.resolve();
let waiting: Promise<void> | null = null;

/** Runs an order to the worker when those before it have ended: a new one would make the worker drop an older one. */
export function inLine<T>(order: () => Promise<T>): Promise<T> {
  const result = line.then(order);
  line = result.catch(() => undefined);
  return result;
}

/** Brings the worker's rows to the present recipe and edits: one order at a time, the newest wins. */
export function relabelIfNeeded(): Promise<void> {
  waiting ??= inLine(async () => {
    waiting = null;
    while (await catchUp());
  });
  return waiting;
}

/** Asks for the summary again, after a held-out file came or went. */
export async function refreshSummary(): Promise<void> {
  wantedEdits = [...wantedEdits];
  await relabelIfNeeded();
}

/** Puts other edits in force. Resolves, when the rows are labelled under them, to why the worker refused, or null. */
export async function applyEdits(edits: DatasetEdit[]): Promise<ErrorRecord | null> {
  wantedEdits = edits;
  await relabelIfNeeded();
  return refusedEdits.get(edits) ?? null;
}

/** Asks for the rows from … to (inclusive) that have not been asked for yet, and lets go of those far away. */
export function needRows(from: number, to: number): void {
  const { status } = useDataset.getState();
  if (status.kind !== 'ready' || status.summary.rows === 0) return;
  const first = pageOf(Math.max(0, from));
  const last = pageOf(Math.min(to, status.summary.rows - 1));
  inSight = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  wanted = inSight.map(pageRequest);
  fetchNext();
}

/** The same for rows here and there (those of a problem class), one by one. */
export function needScattered(rows: readonly number[]): void {
  inSight = [...new Set(rows.map(pageOf))];
  const { rows: held } = useDataset.getState();
  wanted = rows
    .filter((row) => !(held.has(row) && requested.has(pageOf(row))))
    .map((row) => ({ key: -1 - row, from: row, count: 1 }));
  fetchNext();
}

interface RowRequest {
  /** A page's number, or -1 - row for a row by itself. */
  key: number;
  from: number;
  count: number;
}

const pageRequest = (page: number): RowRequest => ({ key: page, from: page * pageRows, count: pageRows });

function needPage(page: number): void {
  pinned.push(pageRequest(page));
  fetchNext();
}

/** Sends what is wanted now, a little at a time: of a fast scroll only the place where it ends is fetched. */
function fetchNext(): void {
  const { status } = useDataset.getState();
  if (status.kind !== 'ready') return;
  while (inFlight < maxInFlight) {
    const next = pinned.shift() ?? wanted.shift();
    if (!next) return;
    if (requested.has(next.key)) continue;
    requested.add(next.key);
    inFlight += 1;
    void fetchRows(next, status.summary.fileName).finally(() => {
      inFlight -= 1;
      fetchNext();
    });
  }
}

async function fetchRows({ from, count }: RowRequest, fileName: string): Promise<void> {
  const mine = generation;
  try {
    const views = await clients().data.rows(from, count);
    if (mine !== generation) return;
    const { rows, selected } = useDataset.getState();
    const held = new Set([...rows.keys()].map(pageOf)).add(pageOf(from));
    const dropped = pagesToDrop(held, [...inSight, pageOf(selected)]);
    for (const key of requested) if (dropped.includes(key < 0 ? pageOf(-1 - key) : key)) requested.delete(key);
    useDataset.setState({
      rows: withPage(rows, dropped.includes(pageOf(from)) ? [] : views, dropped),
      ...(from === 0 && count > 1 ? { firstRows: views } : {}),
    });
  } catch (error) {
    if (mine !== generation) return;
    useDataset.setState({ status: { kind: 'failed', fileName, error: toErrorRecord(error) } });
  }
}

/** Shows a row's tokens. */
export function selectRow(row: number): void {
  const { status } = useDataset.getState();
  if (status.kind !== 'ready' || status.summary.rows === 0) return;
  const selected = Math.max(0, Math.min(row, status.summary.rows - 1));
  useDataset.setState({ selected });
  needPage(pageOf(selected));
}

/** The file of an earlier visit, if one was dropped. */
export async function keptFile(): Promise<File | null> {
  const kept = (await keptFolder(keptName))?.files[0];
  return kept ? new File([kept.file], kept.name) : null;
}

export const forgetFile = (): Promise<void> => forgetInTurn(keptName);
