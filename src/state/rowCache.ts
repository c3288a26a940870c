/** Rows that have arrived, page by page, at most a few hundred of them: a row of a long conversation takes 100 kB. Pure. */
import type { RowView } from '../protocol/rows';

/** Rows per request to the worker. */
export const pageRows = 24;
/** Pages kept: the first, and those nearest to what is in sight. */
export const pageLimit = 20;

export const pageOf = (row: number): number => Math.floor(row / pageRows);

/** Page numbers to let go when more than `pageLimit` are held: those farthest from `near`, never page 0 or one of `near`. */
export function pagesToDrop(held: Iterable<number>, near: readonly number[]): number[] {
  const distance = (page: number): number => Math.min(...near.map((one) => Math.abs(one - page)));
  const pages = [...held];
  const spare = pages.filter((page) => page !== 0 && !near.includes(page)).sort((a, b) => distance(b) - distance(a));
  return spare.slice(0, Math.max(0, pages.length - pageLimit));
}

/** The rows with a page that arrived put in, and pages that were let go taken out. */
export function withPage(
  rows: ReadonlyMap<number, RowView>,
  views: readonly RowView[],
  dropped: readonly number[],
): ReadonlyMap<number, RowView> {
  const next = new Map(rows);
  for (const page of dropped) {
    for (let row = page * pageRows; row < (page + 1) * pageRows; row++) next.delete(row);
  }
  for (const view of views) next.set(view.row, view);
  return next;
}
