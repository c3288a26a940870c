/** One row under two recipes, laid over each other token by token. Pure. */
import type { UsableRow } from '../protocol/rows';
import { tokenCells } from './tokens';

/** Which of the two trains a token. */
export type OverlayMark = 'both' | 'onlyA' | 'onlyB' | 'neither';

export interface OverlayCell {
  text: string;
  id: number;
  special: boolean;
  mark: OverlayMark;
  /** Whose text has this token: the two may render different texts. */
  inText: 'both' | 'a' | 'b';
}

/** Neighbouring cells of one mark and one text. */
export interface OverlayRun {
  mark: OverlayMark;
  inText: OverlayCell['inText'];
  cells: OverlayCell[];
}

export interface Overlay {
  cells: OverlayCell[];
  counts: Record<OverlayMark, number>;
  /** The two give the model the same tokens. */
  sameIds: boolean;
}

type Side = Pick<UsableRow, 'text' | 'inputIds' | 'offsets' | 'labels'>;

/** Beyond so many comparisons the middle of two different texts is shown one after the other (about 10 ms). */
const mostComparisons = 1_000_000;

/**
 * Pairs of equal tokens of two sequences, in order: common front and end, and between them a longest common
 * subsequence, or none where that would take too long.
 */
export function alignIds(a: readonly number[], b: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  let front = 0;
  while (front < a.length && front < b.length && a[front] === b[front]) pairs.push([front, front++]);
  let aEnd = a.length;
  let bEnd = b.length;
  const tail: [number, number][] = [];
  while (aEnd > front && bEnd > front && a[aEnd - 1] === b[bEnd - 1]) tail.push([--aEnd, --bEnd]);
  const rows = aEnd - front;
  const columns = bEnd - front;
  if (rows > 0 && columns > 0 && rows * columns <= mostComparisons) {
    // lengths[i][j]: longest common subsequence of a[front+i…) and b[front+j…), as one flat array.
    const width = columns + 1;
    const lengths = new Uint32Array((rows + 1) * width);
    const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
    for (let i = rows - 1; i >= 0; i--)
      for (let j = columns - 1; j >= 0; j--)
        lengths[i * width + j] =
          a[front + i] === b[front + j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    for (let i = 0, j = 0; i < rows && j < columns;) {
      if (a[front + i] === b[front + j]) pairs.push([front + i++, front + j++]);
      else if (at(i + 1, j) >= at(i, j + 1)) i++;
      else j++;
    }
  }
  return [...pairs, ...tail.reverse()];
}

const markOf = (inA: boolean, inB: boolean): OverlayMark =>
  inA ? (inB ? 'both' : 'onlyA') : inB ? 'onlyB' : 'neither';

/** Lays two labellings of a row over each other. A token that only one text has is marked by that side's label. */
export function overlay(a: Side, b: Side, specialIds: ReadonlySet<number>): Overlay {
  const left = tokenCells(a, specialIds);
  const right = tokenCells(b, specialIds);
  const pairs = alignIds(a.inputIds, b.inputIds);
  const cells: OverlayCell[] = [];
  let i = 0;
  let j = 0;
  const until = (aEnd: number, bEnd: number): void => {
    for (; i < aEnd; i++) {
      const cell = left[i];
      if (cell) cells.push({ ...pick(cell), mark: markOf(cell.trained, false), inText: 'a' });
    }
    for (; j < bEnd; j++) {
      const cell = right[j];
      if (cell) cells.push({ ...pick(cell), mark: markOf(false, cell.trained), inText: 'b' });
    }
  };
  for (const [x, y] of pairs) {
    until(x, y);
    const one = left[x];
    const other = right[y];
    if (one && other) cells.push({ ...pick(one), mark: markOf(one.trained, other.trained), inText: 'both' });
    i = x + 1;
    j = y + 1;
  }
  until(left.length, right.length);
  const counts: Overlay['counts'] = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (const cell of cells) counts[cell.mark] += 1;
  return { cells, counts, sameIds: cells.every((cell) => cell.inText === 'both') };
}

const pick = ({ text, id, special }: { text: string; id: number; special: boolean }) => ({ text, id, special });

/** Cells in runs of one mark and one text. */
export function overlayRuns(cells: readonly OverlayCell[]): OverlayRun[] {
  const runs: OverlayRun[] = [];
  for (const cell of cells) {
    const last = runs.at(-1);
    if (last?.mark === cell.mark && last.inText === cell.inText) last.cells.push(cell);
    else runs.push({ mark: cell.mark, inText: cell.inText, cells: [cell] });
  }
  return runs;
}
