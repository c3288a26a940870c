/** Lengths of all rows, fetched while somebody looks at them. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import { clients } from './clients';
import { useDataset } from './datasetStore';
import { LengthFigures } from './lengthFigures';

interface LengthsState {
  figures: LengthFigures | null;
  error: ErrorRecord | null;
  /** Version of the data that `figures` is of. */
  version: number;
}

export const useLengths = create<LengthsState>()(() => ({ figures: null, error: null, version: -1 }));

let asking = -1;

/** Fetches the lengths of the present data, unless they are here or on their way. */
export async function needLengths(): Promise<void> {
  const { version, status } = useDataset.getState();
  if (status.kind !== 'ready' || asking === version) return;
  asking = version;
  try {
    const figures = new LengthFigures(await clients().data.lengths());
    if (asking === version) useLengths.setState({ figures, error: null, version });
  } catch (error) {
    if (asking === version) useLengths.setState({ figures: null, error: toErrorRecord(error), version });
  }
}
