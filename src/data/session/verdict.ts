import type { ErrorRecord } from '../../lib/errors';
import type { Recipe } from '../../recipe/schema';

interface DataFacts {
  /** Rows in use: those left out by hand do not count. */
  rows: number;
  droppedRows: number;
  usableRows: number;
  maskedRows: number;
  /** Masked rows that truncation left without a trained token. */
  truncatedAwayRows: number;
}

/** Why this data can't be trained on, or null (rules.md 9). */
export function blockerOf(facts: DataFacts, recipe: Recipe): ErrorRecord | null {
  const { rows, usableRows, maskedRows } = facts;
  const { max_rows_in_error: allowed } = recipe.dataset;
  const brokenRows = rows - usableRows;
  if (rows === 0 && facts.droppedRows > 0) {
    return {
      code: 'data/all-left-out',
      message: `file: nothing is left of its ${counted(facts.droppedRows)}, fixes or the length filter leave them out; undo that, or widen the filter`,
    };
  }
  if (rows === 0)
    return { code: 'data/empty-file', message: 'file: at least one row is needed, got none; choose another file' };
  if (usableRows === 0) {
    return {
      code: 'data/no-usable-rows',
      message: `file: ${rows === 1 ? `its only row can't be used` : `none of its ${rows} rows can be used`}; see the problems listed and correct them`,
    };
  }
  if (maskedRows === usableRows) {
    return {
      code: 'data/all-masked',
      message: `labels: no token of any row is trained${becauseOfLength(facts)}; ${remedy(facts)}`,
    };
  }
  if (brokenRows > allowed) {
    return {
      code: 'data/rows-in-error',
      message: `file: ${counted(brokenRows)} can't be used, and dataset.max_rows_in_error allows ${allowed}; correct them, or skip them by setting it to ${brokenRows}`,
      path: 'dataset.max_rows_in_error',
      data: { brokenRows, allowed },
    };
  }
  return null;
}

/** A remark when nine rows in ten are masked; null otherwise, and when all are (that is a blocker). */
export function mostlyMasked(facts: Omit<DataFacts, 'rows' | 'droppedRows'>): { code: string; message: string } | null {
  const { usableRows, maskedRows } = facts;
  if (usableRows === 0 || maskedRows === usableRows || maskedRows < usableRows * 0.9) return null;
  return {
    code: 'data/mostly-masked',
    message: `labels: ${maskedRows} of ${counted(usableRows)} have no trained token${becauseOfLength(facts)}; ${remedy(facts)}`,
  };
}

const isMostlyLength = ({ maskedRows, truncatedAwayRows }: Omit<DataFacts, 'rows' | 'droppedRows'>): boolean =>
  truncatedAwayRows * 2 >= maskedRows;
const becauseOfLength = (facts: Omit<DataFacts, 'rows' | 'droppedRows'>): string =>
  facts.truncatedAwayRows > 0 && isMostlyLength(facts)
    ? `, because truncation to training.max_length cut the answers of ${facts.truncatedAwayRows}`
    : '';
const remedy = (facts: Omit<DataFacts, 'rows' | 'droppedRows'>): string =>
  isMostlyLength(facts) && facts.truncatedAwayRows > 0
    ? 'raise training.max_length'
    : 'check loss.span, loss.train_on and the rows\u2019 weights';
const counted = (rows: number): string => `${rows} ${rows === 1 ? 'row' : 'rows'}`;
