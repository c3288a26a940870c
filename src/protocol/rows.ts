import type { ErrorRecord } from '../lib/errors';

/** A remark about a row that does not keep it from being used. */
export interface RowWarning {
  code: string;
  message: string;
  path?: string;
}

/** Part of the rendered text that one message produced: UTF-16 offsets into `text`. */
export interface TurnSpan {
  role: string;
  start: number;
  end: number;
}

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
}

export interface BrokenRow {
  ok: false;
  row: number;
  line: number;
  error: ErrorRecord;
  /** The row's own text, cut at 2,000 characters. */
  source: string;
}

export type RowView = UsableRow | BrokenRow;

/** Counted problems of one class, with the first rows that have it. */
export interface ProblemClass {
  code: string;
  severity: 'error' | 'warning';
  count: number;
  /** The first message of its class, as an example. */
  message: string;
  rows: number[];
}

export interface DatasetSummary {
  datasetId: string;
  fileName: string;
  sizeBytes: number;
  /** `messages`, … as recognised or as the recipe says. */
  format: string;
  rows: number;
  usableRows: number;
  brokenRows: number;
  /** Usable rows whose labels are all masked; not trained on. */
  maskedRows: number;
  tokens: number;
  trainedTokens: number;
  longestTokens: number;
  roles: Record<string, number>;
  problems: ProblemClass[];
  /** Which template and which span rule are in force, in words. */
  templateNote: string;
  spanNote: string;
  trainRows: number;
  validationRows: number;
  /** SHA-256 of the file's bytes, hexadecimal. */
  dataHash: string;
  /** Why this data can't be trained on, or null. */
  blocker: ErrorRecord | null;
}
