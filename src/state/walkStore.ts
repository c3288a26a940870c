/** Walking the rows of a problem class one by one. */
import { create } from 'zustand';
import type { ProblemClass } from '../protocol/rows';
import { clients } from './clients';
import { selectRow, useDataset } from './datasetStore';
import { setNotice } from './viewStore';

interface WalkState {
  /** Where the person is in which class: index into the class's rows, and the row there. */
  at: { severity: ProblemClass['severity']; code: string; index: number; row: number } | null;
}

export const useWalk = create<WalkState>()(() => ({ at: null }));

/** Goes to a row of a class by its place in the class; rows known from the summary need no question to the worker. */
export async function walkTo({ severity, code, rows, count }: ProblemClass, index: number): Promise<void> {
  if (index < 0 || index >= count) return;
  try {
    const row = rows[index] ?? (await clients().data.problemRows(severity, code, index, 1))[0];
    if (row === undefined) return;
    useWalk.setState({ at: { severity, code, index, row } });
    selectRow(row);
  } catch (error) {
    setNotice(error);
  }
}

// The rows of a class move when anything is fixed.
useDataset.subscribe((now, before) => {
  if (now.version !== before.version && useWalk.getState().at) useWalk.setState({ at: null });
});
