import { expect, test } from 'vitest';
import type { DatasetStatus } from './datasetStore';
import { summary } from './testing/facts';
import { waitingText } from './waitingText';

const reading = (doneBytes: number, totalBytes: number, secondsLeft: number | null): DatasetStatus => ({
  kind: 'reading',
  fileName: 'rows.jsonl',
  progress: { phase: 'tokenize', doneBytes, totalBytes, rows: 9 },
  secondsLeft,
});
const ready = (relabelling: boolean): DatasetStatus => ({
  kind: 'ready',
  summary: summary(),
  relabelling,
  refusal: null,
});

test('rows on their way say how far and how long still; what is not known is not said', () => {
  expect(waitingText(reading(43, 100, 3.2), null)).toBe('43 %, 3 s left');
  expect(waitingText(reading(1, 100, null), null)).toBe('1 %');
  expect(waitingText(reading(0, 0, null), null)).toBe('');
  expect(waitingText({ kind: 'reading', fileName: 'a', progress: null, secondsLeft: null }, null)).toBe('');
  expect(waitingText(ready(true), { rows: 50, share: 0.5 })).toBe('50 %');
  expect(waitingText(ready(true), null)).toBe('');
  expect(waitingText(ready(false), { rows: 50, share: 0.5 })).toBe('');
  expect(waitingText({ kind: 'empty' }, null)).toBe('');
});
