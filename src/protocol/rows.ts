import type { ErrorRecord } from '../lib/errors';
import type { ProblemFix } from './edits';

/** A remark about a row that does not keep it from being used. */
export interface RowWarning {
  code: string;
  message: string;
  path?: string;
}

/** Part of the rendered text that one message produced: UTF-16 offsets into `text`. */
export interface TurnSpan {
  /** Index of the message in the row as it is used, fixes applied, dropped turns counted; -1 for the template's own text. */
  message: number;
  role: string;
  start: number;
  end: number;
}

/** Where a message's own content stands in the text: `text[start…end)` is `content[contentStart…contentStart + end - start)`. */
export interface ContentPlace {
  message: number;
  start: number;
  end: number;
  contentStart: number;
}

/** Where a row goes. `none`: left out (masked, a duplicate that is dropped, beyond `take`, dropped by hand). */
export type RowSplit = 'train' | 'validation' | 'test' | 'none';

/** What truncation did to a row (rules.md 10). */
export type RowFit = 'fits' | 'turns_dropped' | 'answer_cut' | 'nothing_left';

/** One usable row, with the very arrays the trainer gets. */
export interface UsableRow {
  ok: true;
  row: number;
  line: number;
  /** What the model sees, after truncation. */
  text: string;
  inputIds: number[];
  labels: number[];
  /** UTF-16 start and end of each token in `text`, interleaved: [start0, end0, start1, end1, …]. */
  offsets: number[];
  turns: TurnSpan[];
  fit: RowFit;
  truncated: boolean;
  warnings: RowWarning[];
  split: RowSplit;
  /** Dropped by a fix or a filter: shown, counted, not used. */
  dropped: boolean;
  /** A fix or a weight set by hand changed this row. */
  edited: boolean;
  /** Places of contents, for switching words by hand; empty with `placesNote` saying why where the template hides them. */
  contents: ContentPlace[];
  placesNote: string | null;
}

export interface BrokenRow {
  ok: false;
  row: number;
  line: number;
  error: ErrorRecord;
  /** The row's own text, cut at 2,000 characters. */
  source: string;
  /** Dropped by a fix: no longer counts as broken. */
  dropped: boolean;
}

export type RowView = UsableRow | BrokenRow;

/** Counted problems of one class, with the first rows that have it; `DataApi.problemRows` gives the others. */
export interface ProblemClass {
  code: string;
  severity: 'error' | 'warning';
  count: number;
  /** The first message of its class, as an example. */
  message: string;
  rows: number[];
  /** What a click can do about it, the safest first; empty where only a person can tell. */
  fixes: ProblemFix[];
}

export type FileKind = 'jsonl' | 'json' | 'csv' | 'tsv' | 'parquet';

/** Formats of contract.md that a file can be read as. */
export type RowFormat =
  | 'messages'
  | 'sharegpt'
  | 'alpaca'
  | 'dolly'
  | 'openorca'
  | 'prompt_completion'
  | 'question_answer'
  | 'text'
  | 'preference';

/** What a file was recognised as, from its first rows; or what the recipe says. */
export interface Detection {
  format: RowFormat;
  /** 0 to 1: share of the looked-at rows that read well as this format, lowered where another reads them as well. 1 when the recipe decides. */
  confidence: number;
  /** One sentence, for a person: which columns decided. */
  reason: string;
  /** Format's role (`messages`, `prompt`, `instruction`, `answer`, …) → column of this file that fills it. */
  columns: Record<string, string>;
  /** Roles of the format, for the mapping in the table header. */
  roles: { name: string; required: boolean; description: string }[];
  /** Other formats that the rows could be, best first. */
  alternatives: { format: RowFormat; confidence: number }[];
  decidedBy: 'file' | 'recipe';
}

export interface ColumnFacts {
  name: string;
  /** Share of the looked-at rows that have it, 0 to 1. */
  share: number;
  /** `text`, `list`, `object`, `number`, `boolean`, `null`, or several joined by " or ". */
  type: string;
  /** Cut at 120 characters. */
  example: string;
}

/** Figures over all usable rows of the file. */
export interface DatasetStats {
  /** Messages per conversation → number of rows. */
  turns: Record<string, number>;
  /** Tokens of whole rows, before truncation. */
  lengths: { min: number; median: number; mean: number; p90: number; p99: number; max: number };
  fits: Record<RowFit, number>;
}

/** Per usable row, for the length histogram: whole length, and the smallest `max_length` that cuts no answer. */
export interface RowLengths {
  whole: Int32Array;
  needed: Int32Array;
}

export interface DatasetSummary {
  datasetId: string;
  fileName: string;
  sizeBytes: number;
  kind: FileKind;
  compression: 'gzip' | null;
  detection: Detection;
  columns: ColumnFacts[];
  /** `messages`, … as recognised or as the recipe says; several joined by " + ". */
  format: string;
  rows: number;
  usableRows: number;
  brokenRows: number;
  /** Dropped by a fix or a filter, broken ones among them. */
  droppedRows: number;
  /** Changed by a fix or a weight set by hand. */
  editedRows: number;
  /** Usable rows whose labels are all masked; not trained on. */
  maskedRows: number;
  tokens: number;
  trainedTokens: number;
  longestTokens: number;
  roles: Record<string, number>;
  stats: DatasetStats;
  problems: ProblemClass[];
  /** Which template and which span rule are in force, in words. */
  templateNote: string;
  spanNote: string;
  trainRows: number;
  /** Packs that the training rows fill at `max_length` (recipe/packing); absent where nobody has counted them. */
  trainPacks?: number;
  validationRows: number;
  testRows: number;
  /** SHA-256 of the file's bytes, hexadecimal. */
  dataHash: string;
  /** True when the arrays came out of the cache of an earlier visit. */
  fromCache: boolean;
  /** Why this data can't be trained on, or null. */
  blocker: ErrorRecord | null;
}
