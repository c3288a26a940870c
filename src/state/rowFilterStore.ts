/** Which rows the list shows: all, or those with problems. Numbers only; the rows themselves come when they are seen. */
import { create } from 'zustand';
import type { RowChoice } from '../protocol/dataApi';
import type { DatasetSummary, ProblemClass } from '../protocol/rows';
import { clients } from './clients';
import { selectRow, useDataset } from './datasetStore';
import { count } from './format';
import { useRecipe } from './recipeStore';
import { setNotice } from './viewStore';

type Severity = ProblemClass['severity'];

/** `all`, `error`, `warning`, one class as `error data/…`, or what became of a row as `only dropped`. */
export type RowFilter = 'all' | Severity | `${Severity} ${string}` | `only ${RowChoice}`;

interface RowFilterState {
  filter: RowFilter;
  /** Rows that pass, ascending; null is all of them. */
  rows: readonly number[] | null;
}

export const useRowFilter = create<RowFilterState>()(() => ({ filter: 'all', rows: null }));

export const filterOf = ({ severity, code }: ProblemClass): RowFilter => `${severity} ${code}`;

/** What can be chosen for this data, with counts. */
export function rowFilters(summary: DatasetSummary): { value: RowFilter; label: string }[] {
  const { problems } = summary;
  const options: { value: RowFilter; label: string }[] = [{ value: 'all', label: `All rows (${count(summary.rows)})` }];
  for (const [severity, label] of [
    ['error', 'Broken rows'],
    ['warning', 'Rows with a warning'],
  ] as const) {
    if (problems.filter((one) => one.severity === severity).length > 1) options.push({ value: severity, label });
  }
  for (const problem of problems) {
    const label = `${problem.code.replace(/^data\//, '').replaceAll('-', ' ')} (${count(problem.count)})`;
    options.push({ value: filterOf(problem), label });
  }
  for (const [choice, label, rows] of choicesOf(summary))
    if (rows > 0 && rows < summary.rows) options.push({ value: `only ${choice}`, label: `${label} (${count(rows)})` });
  return options;
}

/** Held-out rows of another file are not in this list. */
const rowsHere = (split: 'validation' | 'test', rows: number): number =>
  typeof useRecipe.getState().recipe.dataset[split] === 'string' ? 0 : rows;

const choicesOf = (summary: DatasetSummary): [RowChoice, string, number][] => [
  ['dropped', 'Left out', summary.droppedRows],
  ['edited', 'Changed', summary.editedRows],
  ['masked', 'Nothing to learn', summary.maskedRows],
  ['train', 'For training', summary.trainRows],
  ['validation', 'For validation', rowsHere('validation', summary.validationRows)],
  ['test', 'For testing', rowsHere('test', summary.testRows)],
];

/** Rows of a filter that is not about problems; null for one that is. */
function chosenRows(filter: RowFilter, summary: DatasetSummary): Promise<number[]> | null {
  const choice = choicesOf(summary).find(([one]) => filter === `only ${one}`)?.[0];
  return choice ? clients().data.rowsWhere(choice, 0, summary.rows) : null;
}

let asked = 0;
/** Data that the filter is about. */
let filtered = '';

/** Shows only the rows of a filter, and selects the first of them. */
export async function filterRows(filter: RowFilter, select = true): Promise<void> {
  const mine = ++asked;
  const { status } = useDataset.getState();
  if (filter === 'all' || status.kind !== 'ready') {
    useRowFilter.setState({ filter: 'all', rows: null });
    return;
  }
  filtered = status.summary.dataHash;
  const wanted = status.summary.problems.filter((one) => filterOf(one) === filter || one.severity === filter);
  try {
    const chosen = chosenRows(filter, status.summary);
    const found = await Promise.all(
      chosen
        ? [chosen]
        : wanted.map(({ severity, code, count: rows }) => clients().data.problemRows(severity, code, 0, rows)),
    );
    if (mine !== asked) return;
    const [only] = found;
    const rows = found.length === 1 && only ? only : [...new Set(found.flat())].sort((a, b) => a - b);
    useRowFilter.setState({ filter, rows });
    const [first] = rows;
    if (select && first !== undefined) selectRow(first);
  } catch (error) {
    if (mine === asked) setNotice(error);
  }
}

/** The row of a class before or after `from`; null at the end. Walks by halving, so that a class of any size is quick. */
export function neighbour(rows: readonly number[], from: number, step: 1 | -1): number | null {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) < from || (step === 1 && rows[middle] === from)) low = middle + 1;
    else high = middle;
  }
  return rows[step === 1 ? low : low - 1] ?? null;
}

// A fix empties classes, another file has other ones.
useDataset.subscribe((now, before) => {
  const { filter } = useRowFilter.getState();
  if (filter === 'all' || now.version === before.version || now.status.kind !== 'ready') return;
  void filterRows(now.status.summary.dataHash === filtered ? filter : 'all', false);
});
