/** What a run is trained on: labelled rows, validation rows, and prompts whose answers are shown. */
import { sha256 } from '../../lib/sha256';
import type { ExampleTable } from '../../protocol/example';
import type { SamplePrompt } from '../../protocol/training';
import { encodeRows } from './rowsFile';

export interface RunRows {
  train: ExampleTable;
  validation: ExampleTable | null;
  samples: SamplePrompt[];
  samplePool: SamplePrompt[];
}

/** SHA-256 over all of it, 64 hexadecimal digits: that of the file in which it is kept. */
export const rowsHash = (rows: RunRows): Promise<string> => sha256(encodeRows(rows));
