/** A list of edits, looked up by row. */
import type { DatasetEdit, FixName } from '../../protocol/edits';

/** One change of a row: a fix where the row has the problem `code`, or a weight. */
export type RowEdit = { kind: 'fix'; fix: FixName; code: string } | (DatasetEdit & { kind: 'weight' });

/** What a person did to one row, in the order in which it was done. */
export type RowEdits = readonly RowEdit[];

export const noEdits: RowEdits = [];

interface Placed {
  order: number;
  edit: RowEdit;
}

export class EditIndex {
  readonly #everywhere: Placed[] = [];
  readonly #byRow = new Map<number, Placed[]>();
  /** Whole lengths that are kept, in tokens. */
  readonly minTokens: number;
  readonly maxTokens: number;

  constructor(readonly edits: readonly DatasetEdit[]) {
    let min = 0;
    let max = Infinity;
    edits.forEach((edit, order) => {
      if (edit.kind === 'length') {
        min = edit.min ?? 0;
        max = edit.max ?? Infinity;
      } else if (edit.kind === 'weight') {
        push(this.#byRow, edit.row, { order, edit });
      } else {
        const placed: Placed = { order, edit: { kind: 'fix', fix: edit.fix, code: edit.code } };
        if (edit.rows === null) this.#everywhere.push(placed);
        else for (const row of edit.rows) push(this.#byRow, row, placed);
      }
    });
    this.minTokens = min;
    this.maxTokens = max;
  }

  /** The edits of a row; `noEdits` itself for a row that nobody touched. */
  of(row: number): RowEdits {
    const own = this.#byRow.get(row);
    if (!own && this.#everywhere.length === 0) return noEdits;
    return [...this.#everywhere, ...(own ?? [])].sort((one, other) => one.order - other.order).map(({ edit }) => edit);
  }
}

function push<T>(map: Map<number, T[]>, key: number, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Edits that stand in one list and not in the other, beyond their common beginning: what undo and redo change. */
export function changedEdits(before: readonly DatasetEdit[], after: readonly DatasetEdit[]): DatasetEdit[] {
  let same = 0;
  while (same < before.length && same < after.length && isSame(before[same], after[same])) same++;
  return [...before.slice(same), ...after.slice(same)];
}

const isSame = (one: DatasetEdit | undefined, other: DatasetEdit | undefined): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);
