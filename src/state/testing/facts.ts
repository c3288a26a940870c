/** Plain facts for tests, whole where a test names only the part it is about. */
import type { DatasetSummary } from '../../protocol/rows';

/** A summary of ten good rows, changed as the test wants. */
export const summary = (change: Partial<DatasetSummary> = {}): DatasetSummary => ({
  datasetId: 'd',
  fileName: 'rows.jsonl',
  sizeBytes: 100,
  format: 'messages',
  rows: 10,
  usableRows: 10,
  brokenRows: 0,
  maskedRows: 0,
  tokens: 100,
  trainedTokens: 40,
  longestTokens: 12,
  roles: { user: 10, assistant: 10 },
  problems: [],
  templateNote: '',
  spanNote: '',
  trainRows: 9,
  validationRows: 1,
  dataHash: 'h',
  blocker: null,
  ...change,
});
